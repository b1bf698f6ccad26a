// The complementary error function: JavaScript has none. By its series near 0, and by its continued
// fraction beyond, each taken until it no longer changes the last bit.
const erfc = a => {
  if (Number.isNaN(a)) return a;
  const x = Math.abs(a);
  if (x < 2) {
    let term = x, total = x;
    for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(total) && n < 200; n++) {
      term *= (-x * x) / n;
      total += term / (2 * n + 1);
      if (term === 0) break;
    }
    const erf = (2 / Math.sqrt(Math.PI)) * total;
    return a < 0 ? 1 + erf : 1 - erf;
  }
  let fraction = 0;
  for (let n = 200; n > 0; n--) fraction = n / 2 / (x + fraction);
  const tail = Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
  return a < 0 ? 2 - tail : tail;
};
