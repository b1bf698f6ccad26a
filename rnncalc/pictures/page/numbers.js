// NumPy's words that JavaScript lacks: arrays, sums over them, and two functions.
"use strict";

const each = (like, f) => {
  const out = new Float64Array(like.length);
  for (let j = 0; j < out.length; j++) out[j] = f(j);
  return out;
};

const product = (rows, x) => {
  const out = new Float64Array(rows.length);
  for (let j = 0; j < out.length; j++) {
    const row = rows[j];
    let total = 0;
    for (let k = 0; k < row.length; k++) total += row[k] * x[k];
    out[j] = total;
  }
  return out;
};

const max = (a, where) =>
  a.reduce((most, one, j) => (!where || where[j] ? Math.max(most, one) : most), -Infinity);
const sum = (a, where) =>
  a.reduce((total, one, j) => (!where || where[j] ? total + Number(one) : total), 0);
const mean = a => sum(a) / a.length;
const any = a => a.some(one => one);
// One walk over the numbers: spread onto the stack, many of them would be too many.
const argmax = a => a.reduce((best, one, j) => (one > a[best] ? j : best), 0);
const cumsum = a => {
  let total = 0;
  return each(a, j => (total += a[j]));
};
const sort = a => Float64Array.from(a).sort();
const slice = (a, start, stop) => a.slice(start, stop);
function var_(a) {
  const middle = mean(a);
  return mean(each(a, j => (a[j] - middle) ** 2));
}

const logaddexp = (a, b) =>
  a === b ? a + Math.LN2 : Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
const heaviside = (a, at) => (Number.isNaN(a) ? a : a < 0 ? 0 : a > 0 ? 1 : at);
