// The recurrence: one sequence through the network, layer after layer, each direction its own way.
// What a step computes is in ``steps``, printed from the cells' equations; here is only the order.
const zeros = n => new Float64Array(n);
const weightsOf = refs =>
  Object.fromEntries(Object.entries(refs).map(([name, ref]) => [name, Array.isArray(ref) ? ref[0] : arrays[ref].value]));

const joinRows = (one, other) => {
  const out = zeros(one.length + other.length);
  out.set(one);
  out.set(other, one.length);
  return out;
};

function applyChain(chain, rows, kept) {
  for (const one of chain) {
    const w = weightsOf(one.weights), given = rows;
    rows = rows.map(row => steps[one.step](w, row).y);
    if (kept) kept.push({plan: one, given, gives: rows});
  }
  return rows;
}

// One direction of one layer, in the order in which it reads.
function sweep(one, rows, initial, active, hold) {
  const step = steps[one.step], w = weightsOf(one.weights), names = Object.keys(one.states);
  const values = Object.fromEntries(one.quantities.map(name => [name, []]));
  let states = initial, last = zeros(initial.h.length);
  rows.forEach((x, k) => {
    const now = step(w, x, ...names.map(name => states[name]));
    const real = !active || active[k];
    if (!real) for (const name in now) now[name] = states[name] || zeros(now[name].length);
    states = Object.fromEntries(names.map(name => [name, now[name]]));
    last = real ? states.h : hold ? last : zeros(last.length);
    for (const name in values) values[name].push(name === "h" ? last : now[name]);
  });
  return {values, initial, final: states, last};
}

// The order in which a backward direction reads; done twice, it is as before.
const turnedOrder = (count, end) =>
  Array.from({length: count}, (_, k) => (end == null ? count - 1 - k : k < end ? end - 1 - k : k));

function directionPass(loop, way, rows, inputs, goOn) {
  const {sequence, end, hold} = inputs;
  const order = way === "backward" ? turnedOrder(rows.length, end) : Array.from(rows.keys());
  const active = inputs.real && order.map(t => inputs.real[t]);
  let read = order.map(t => rows[t]);
  return loop.map(layer => {
    const one = layer.ways[way];
    const initial = goOn?.[layer.name] ?? Object.fromEntries(
      Object.entries(one.states).map(([name, ref]) => [name, ofSequence(arrays[ref], sequence, 1)]));
    const passed = sweep(one, read, initial, active, hold && !layer.zeroOutput);
    read = passed.values.h;
    if (one.turned)
      for (const name in passed.values) {
        const series = passed.values[name];
        passed.values[name] = order.map(k => series[k]);
      }
    return passed;
  });
}

function merged(layer, rows) {
  if (rows.length < 2) return rows[0];
  if (!layer.join) return rows[0].map((row, t) => joinRows(row, rows[1][t]));
  return rows[0].map((row, t) => steps[layer.join.step]({}, row, rows[1][t]).h);
}

// Time loops: mostly one layer each; the cells of a list of cells together.
function loopsOf(layers) {
  const loops = [];
  for (const layer of layers)
    if (layer.sameLoop && loops.length) loops.at(-1).push(layer);
    else loops.push([layer]);
  return loops;
}

function stacked(rows, inputs, goOn) {
  const done = [];
  let h = rows;
  for (const loop of loopsOf(plan.layers)) {
    const below = h, kept = [];
    const read = loop[0].before.length ? applyChain(loop[0].before, h, kept) : h;
    const traced = loop.map(layer => ({plan: layer, below, read, kept: [], ways: {}, h: null}));
    traced[0].kept = kept;
    for (const way of Object.keys(loop[0].ways))
      directionPass(loop, way, read, inputs, goOn).forEach((one, i) => (traced[i].ways[way] = one));
    for (const one of traced)
      if (one.plan.merge !== "none") one.h = merged(one.plan, Object.values(one.ways).map(w => w.values.h));
    const top = traced.at(-1);
    if (top.h) h = top.h;
    done.push(...traced);
  }
  return [done, h];
}

// What many-to-one takes of the last layer.
function lastOf(layers, h, {end, hold}) {
  const {plan: layer, ways} = layers.at(-1), passed = Object.values(ways);
  const none = layer.merge === "none";
  const join = rows => (none && rows.length > 1 ? joinRows(...rows) : merged(layer, rows.map(one => [one]))[0]);
  if (layer.sequences) {
    const place = end == null ? h.length - 1 : Math.max(end - 1, 0);
    return none ? join(passed.map(one => one.values.h[place])) : h[place];
  }
  return join(passed.map(one => (hold ? one.last : end === 0 ? zeros(one.final.h.length) : one.final.h)));
}

function outputsOf(h, last, inputs, kept) {
  const chain = plan.outputs, cut = chain.findIndex(one => one.row);
  if (cut < 0) return applyChain(chain, last ? [last] : h, kept);
  const rows = applyChain(chain.slice(0, cut), h, kept), one = chain[cut];
  let row;
  if (one.row === "flatten") row = rows.reduce(joinRows, zeros(0));
  else {
    const all = !inputs.real || (inputs.hold && one.row === "max");
    const real = rows.map((_, t) => all || Boolean(inputs.real[t]));
    row = each(rows[0], j => steps[one.step](rows.map(each => each[j]), real));
  }
  kept.push({plan: one, given: rows, gives: [row], real: inputs.real});
  return applyChain(chain.slice(cut + 1), [row], kept);
}

// A sequence of an array with a batch in front; ``axes`` is how many it has without one.
function ofSequence(array, sequence, axes) {
  let depth = 0;
  for (let one = array.value; typeof one !== "number"; one = one[0]) depth++;
  return depth > axes ? array.value[Math.min(sequence, array.value.length - 1)] : array.value;
}

// A sequence through the network: everything that it computes.
function compute(sequence) {
  const given = ofSequence(arrays[0], sequence, 2), end = plan.ends ? plan.ends[sequence] : null;
  let real = plan.real ? plan.real[sequence] : null, rows = Array.from(given);
  if (plan.masking != null && !plan.ends) {
    real = rows.map(row => Number(row.some(one => one !== plan.masking)));
    rows = rows.map((row, t) => (real[t] ? row : zeros(row.length)));
  }
  const inputs = {sequence, real, end, hold: Boolean(real) && end == null};
  if (plan.mode === "one-to-many") return fedBack(rows[0], inputs);
  const [layers, h] = stacked(rows, inputs), kept = [];
  const last = plan.mode === "many-to-one" ? lastOf(layers, h, inputs) : null;
  const y = plan.outputs.length ? outputsOf(h, last, inputs, kept) : null;
  return {x: rows, layers, y, kept, ...inputs};
}

// One-to-many: a step at a time through every layer, whose outcome is the next input.
function fedBack(first, inputs) {
  const xs = [], ys = [], kept = [];
  let x = first, goOn = null, whole = null;
  for (let t = 0; t < plan.timesteps; t++) {
    const [layers, h] = stacked([x], inputs, goOn), now = [];
    goOn = Object.fromEntries(layers.map(one => [one.plan.name, one.ways.forward.final]));
    const y = plan.outputs.length ? applyChain(plan.outputs, h, now)[0] : null;
    xs.push(x);
    if (y) ys.push(y);
    now.forEach((one, i) => {
      kept[i] ??= {plan: one.plan, given: [], gives: []};
      kept[i].given.push(...one.given);
      kept[i].gives.push(...one.gives);
    });
    if (!whole) whole = layers;
    else layers.forEach((one, i) => prolonged(whole[i], one));
    x = {x: first, y}[plan.feedback] ?? zeros(first.length);
  }
  return {x: xs, layers: whole, y: ys.length ? ys : null, kept, ...inputs};
}

function prolonged(whole, one) {
  const before = whole.ways.forward, now = one.ways.forward;
  for (const name in before.values) before.values[name].push(...now.values[name]);
  for (const key of ["below", "read"]) whole[key] = whole[key].concat(one[key]);
  whole.kept.forEach((each, i) => {
    each.given = each.given.concat(one.kept[i].given);
    each.gives = each.gives.concat(one.kept[i].gives);
  });
  Object.assign(before, {final: now.final, last: now.last});
  whole.h = before.values.h;
}

// What a step of a direction read: its row of the input, and where that stands (t from 1).
function readBy(run, index, way, t) {
  const here = run.layers[index], layer = here.plan;
  const rows = layer.sameLoop ? run.layers[index - 1].ways[way].values.h : here.read;
  const end = run.end ?? run.x.length;
  return rows[layer.processing && !layer.sameLoop && t <= end ? end - t : t - 1];
}

// A state before a step: after the last real step that was read before it, else the initial one.
function stateBefore(run, index, way, t, state) {
  const here = run.layers[index], ahead = here.plan.ways[way].turned ? 1 : -1;
  let real = run.real;
  if (real && run.end == null && here.plan.processing) real = [...real].reverse();
  let k = t - 1 + ahead;
  while (k >= 0 && k < run.x.length && real && !real[k]) k += ahead;
  const passed = here.ways[way];
  return k >= 0 && k < run.x.length ? passed.values[state][k] : passed.initial[state];
}
