// A formula with the numbers in it, for one unit: text that gives the result when it is computed.
// A formula is a tree that was printed from the cell's equations: ["+", left, right], a product of a
// matrix ["@", ...], a function ["f", name, how, label, settings, ...parts], a number ["n", value],
// a symbol ["s", name] or a quantity ["v", name]; ``of(kind, name)`` gives its numbers.
const PRODUCTS = 8, LARGEST = 6;
const SUM = 1, NEGATIVE = 1.5, PRODUCT = 2, ATOM = 4;

const OPERATIONS = {
  "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b, "/": (a, b) => a / b,
};
const at = (values, unit) => values[values.length > 1 ? unit : 0];

// All numbers of a part of a formula.
function vector(tree, of) {
  const kind = tree[0];
  if (kind === "n") return [tree[1]];
  if (kind === "s" || kind === "v") return of(kind, tree[1]);
  if (kind === "@") return product(vector(tree[1], of), vector(tree[2], of));
  if (kind === "f") return called(tree, tree.slice(5).map(part => vector(part, of)));
  const [a, b] = [vector(tree[1], of), vector(tree[2], of)];
  return each(a.length > b.length ? a : b, j => OPERATIONS[kind](at(a, j), at(b, j)));
}

function called(tree, parts) {
  const [, name, how] = tree;
  if (how === "clip") {
    const [low, high] = [parts[1][0], parts[2][0]];
    return each(parts[0], j => Math.min(Math.max(parts[0][j], low), high));
  }
  if (how === "all") return [functions[name](parts[0])];
  if (how === "together") return functions[name](parts[0]);
  return each(parts[0], j => functions[name](...parts.map(part => at(part, j))));
}

const fragment = (text, value, strength, rest = 0) => ({text, value, strength, rest});
const bracketed = (part, strength) => (part.strength >= strength ? part.text : `(${part.text})`);

function joined(kind, left, right) {
  const rest = left.rest + right.rest, value = OPERATIONS[kind](left.value, right.value);
  if (kind === "*" || kind === "/") {
    const text = `${bracketed(left, NEGATIVE)}${kind}${bracketed(right, ATOM)}`;
    return fragment(text, value, PRODUCT, rest);
  }
  if (kind === "-") return fragment(`${left.text} - ${bracketed(right, PRODUCT)}`, value, SUM, rest);
  const added = `+ ${bracketed(right, NEGATIVE)}`.replace("+ -", "- ");
  return fragment(`${left.text} ${added}`, value, SUM, rest);
}

function part(tree, unit, of, write) {
  const kind = tree[0];
  if (kind === "n") return write(tree[1], stored.float64);
  if (kind === "s" || kind === "v") return write(at(of(kind, tree[1]), unit));
  if (kind === "@") return products(tree, unit, of, write);
  if (kind === "f") return call(tree, unit, of, write);
  return joined(kind, part(tree[1], unit, of, write), part(tree[2], unit, of, write));
}

function products(tree, unit, of, write) {
  const weights = vector(tree[1], of)[unit], values = vector(tree[2], of);
  let order = Array.from(weights.keys());
  if (weights.length > PRODUCTS) {
    const size = k => Math.abs(weights[k] * values[k]);
    order = order.sort((a, b) => size(b) - size(a) || a - b).slice(0, LARGEST).sort((a, b) => a - b);
  }
  let whole = null;
  for (const k of order) {
    const one = joined("*", write(weights[k]), part(tree[2], k, of, write));
    whole = whole ? joined("+", whole, one) : one;
  }
  if (order.length < weights.length) {
    const taken = new Set(order);
    let rest = 0;
    weights.forEach((w, k) => (rest += taken.has(k) ? 0 : w * values[k]));
    whole = joined("+", whole, write(rest));
    whole.rest = weights.length - order.length;
  }
  return whole;
}

function call(tree, unit, of, write) {
  const [, name, how, label, settings, ...given] = tree;
  if (how === "all" || how === "together") {
    const all = vector(given[0], of), parts = Array.from(all, (_, k) => part(given[0], k, of, write));
    const values = called(tree, [Float64Array.from(parts, one => one.value)]);
    const index = how === "together" ? `[${unit}]` : "";
    const text = `${label}([${parts.map(one => one.text).join(", ")}])${index}`;
    return fragment(text, at(values, unit), ATOM, parts.reduce((n, one) => n + one.rest, 0));
  }
  const parts = given.map(one => part(one, unit, of, write));
  const more = how === "clip" ? given.slice(1).map(one => whole(one[1], stored.float64)) :
    how === "leaky" ? [`alpha=${whole(parts[1].value)}`] : settings;
  const value = called(tree, parts.map(one => [one.value]))[0];
  return fragment(`${label}(${[parts[0].text, ...more].join(", ")})`, value, ATOM, parts[0].rest);
}

// The line of a unit: operands get as many digits as it takes for the result to be the printed one.
function arithmetic(tree, unit, value, of, digits) {
  const result = number(value, digits);
  const write = n => (v, type) => {
    const text = number(v, n, type);
    return fragment(text, Number(text.replace("inf", "Infinity")), text[0] === "-" ? NEGATIVE : ATOM);
  };
  for (const n of [...(digits === "full" ? [] : finer(digits)), "full"]) {
    const line = part(tree, unit, of, write(n));
    if (gives(line.value, value, digits, result)) return {...line, result, exact: true};
  }
  return {...part(tree, unit, of, write(digits)), result, exact: false};
}

function gives(computed, value, digits, result) {
  if (computed === 0 && value === 0) return true;
  const near = asStored(computed);
  if (digits === "full") return near === value || (Number.isNaN(near) && Number.isNaN(value));
  return number(near, digits) === result || number(computed, digits) === result;
}
