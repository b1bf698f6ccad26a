// The page: what is looked at, what is changed, and everything drawn anew when that changes.
const numbered = (key, v) => (Array.isArray(v) && v[0] === "n" && typeof v[1] === "string" && v.length === 2 ? ["n", Number(v[1])] : v);
const plan = JSON.parse(document.getElementById("plan").textContent, numbered);
if (plan.masking != null) plan.masking = Number(plan.masking);
const config = JSON.parse(document.getElementById("config").textContent);
asStored = stored[plan.dtype];
const arrays = readArrays();
const $ = id => document.getElementById(id);

const view = {t: 1, layer: 0, way: Object.keys(plan.layers[0].ways)[0], sequence: 0, unit: 0, quantity: "h", line: null, run: null, origin: null};
const edits = new Map();
const undone = [];
let selected = null;

const keyOf = (array, index) => `${arrays.indexOf(array)}[${index}]`;
// The number of a timestep; before the first one that the page has, others may have run.
const when = t => t + plan.before;
const isReal = (layer, k) => {
  const real = view.run.real;
  if (!real) return true;
  return Boolean(real[view.run.end == null && layer.processing ? real.length - 1 - k : k]);
};

// What stands for a name in the formulas of a step.
function bindings(run, index, way, t) {
  const one = plan.layers[index].ways[way], passed = run.layers[index].ways[way];
  return (kind, name) => {
    if (kind === "v") return rounding(passed.values[name][t - 1]);
    if (name === "x_t") return rounding(readBy(run, index, way, t));
    if (one.given.includes(name)) return rounding(stateBefore(run, index, way, t, name[0]));
    return arrays[one.weights[name]].value;
  };
}

// The run without any change, for marking what differs.
function originalRun() {
  if (!edits.size) return view.run;
  for (const {array, index, from} of edits.values()) put(array, index, from);
  const run = compute(view.sequence);
  for (const {array, index, to} of edits.values()) put(array, index, to);
  return run;
}

function originalOf([t, name, j]) {
  if (!edits.size) return undefined;
  const passed = view.origin.layers[view.layer].ways[view.way];
  return t === "initial" ? passed.initial[name][j] : asStored(passed.values[name][t - 1][j]);
}

function recompute() {
  view.run = compute(view.sequence);
  view.origin = originalRun();
}

// Changing a number.
function change(array, index, v, {keep = true} = {}) {
  const key = keyOf(array, index), now = numberAt(array, index), known = edits.get(key);
  const from = known ? known.from : now;
  if (keep) undone.push({array, index, v: now});
  put(array, index, v);
  if (Object.is(from, v)) edits.delete(key);
  else edits.set(key, {array, index, from, to: v});
  recompute();
  remember();
  render({all: true});
}

function undo() {
  const last = undone.pop();
  if (last) change(last.array, last.index, last.v, {keep: false});
}

function reset() {
  for (const {array, index, from} of edits.values()) {
    undone.push({array, index, v: numberAt(array, index)});
    put(array, index, from);
  }
  edits.clear();
  recompute();
  remember();
  render({all: true});
}

const nameOf = (array, index) => (array.name ? settingOf({array, index}).split("=")[0] : `${array.path.join(".")}[${index}]`);

function select(array, index) {
  selected = {array, index};
  $("value").disabled = $("put").disabled = false;
  showSelected();
  $("value").focus();
  $("value").select();
}

function showSelected() {
  if (!selected) return;
  const {array, index} = selected, known = edits.get(keyOf(array, index));
  $("what").textContent = `${nameOf(array, index)} =`;
  $("value").value = whole(numberAt(array, index));
  $("was").textContent = known ? `was ${whole(known.from)}` : "";
}

function putSelected() {
  const v = parsed($("value").value);
  if (v === null) return say(`'${$("value").value}' is not a number: write 0.5, -2 or 1e-3`);
  const name = nameOf(selected.array, selected.index);
  change(selected.array, selected.index, v);
  say(`${name} is ${whole(v)} now; everything behind it is computed anew.`);
}

const say = message => ($("said").textContent = message);

// Changes in the address, so that a link carries them: #0[1,2]=0.5 (array, index, value).
function remember() {
  const words = [...edits.values()].map(({array, index, to}) => `${keyOf(array, index)}=${whole(to)}`);
  history.replaceState(null, "", words.length ? "#" + words.join("&") : location.pathname + location.search);
}

function recall() {
  for (const word of decodeURIComponent(location.hash.slice(1)).split("&")) {
    const match = /^(\d+)\[([\d,]+)\]=(.+)$/.exec(word), v = match && parsed(match[3]);
    const array = match && arrays[Number(match[1])], index = match && match[2].split(",").map(Number);
    if (!array || v === null || typeof tryNumber(array, index) !== "number") continue;
    const from = numberAt(array, index);
    put(array, index, v);
    if (!Object.is(from, v)) edits.set(keyOf(array, index), {array, index, from, to: v});
  }
}
const tryNumber = (array, index) => index.reduce((value, i) => value?.[i], array.value);

function command() {
  const words = [plan.command];
  for (const {array, index} of edits.values()) words.push(`--set ${quoted(settingOf({array, index}))}`);
  return words.join(" ");
}

async function copy(content, what) {
  try {
    await navigator.clipboard.writeText(content);
    say(`${what} copied.`);
  } catch {
    const area = el("textarea", {"aria-label": what, rows: 6, cols: 60}, content);
    $("said").replaceChildren(`${what}: `, area);
    area.select();
  }
}

// What is looked at.
function choose(what) {
  Object.assign(view, what);
  const one = plan.layers[view.layer].ways[view.way];
  view.t = Math.max(1, Math.min(view.run.x.length, view.t));
  view.unit = Math.max(0, Math.min(Math.max(one.units, one.size) - 1, view.unit));
  render({all: "layer" in what || "sequence" in what || "quantity" in what || "line" in what});
}

let waiting = null;
function render(what) {
  waiting = {all: Boolean(what.all) || Boolean(waiting?.all)};
  if (render.frame) return;
  render.frame = requestAnimationFrame(() => {
    const {all} = waiting;
    render.frame = waiting = null;
    draw(all);
  });
}

function draw(all) {
  const here = view.run.layers[view.layer], one = here.plan.ways[view.way];
  $("t").max = view.run.x.length;
  $("t").value = view.t;
  $("when").textContent = `t = ${when(view.t)} of ${when(view.run.x.length)}`;
  $("t").setAttribute("aria-valuetext", `timestep ${when(view.t)} of ${when(view.run.x.length)}`);
  $("back").disabled = view.t <= 1;
  $("on").disabled = view.t >= view.run.x.length;
  $("undo").disabled = !undone.length;
  $("reset").disabled = !edits.size;
  const listed = edits.size ? `${edits.size} number${edits.size > 1 ? "s" : ""} changed` : "";
  $("reset").textContent = edits.size ? `Reset (${listed})` : "Reset";
  const small = Math.max(one.units, one.size, one.features) <= MOST_PICTURED;
  $("steps").parentElement.hidden = !small;
  if (all || !view.room) view.room = document.querySelector("main").clientWidth - 32;  // asking for it costs
  if (small) $("steps").replaceChildren(unrolled(view.room));
  $("cell").replaceChildren(cellPicture());
  drawOver(all, here, one);
  drawSums(all, here, one);
  drawLines(here, one);
  if (all) { showSelected(); fillChoices(); }
}

// What can be looked at over time: the states first, then gates and sums, the input and the output.
function overTime(here, one) {
  const {values} = here.ways[view.way], found = {h: values.h};
  for (const name of one.quantities) if (!/^(bias|x_term|h_term)/.test(name)) found[name] = values[name];
  found.x = view.run.x.map((_, k) => readBy(view.run, view.layer, view.way, k + 1));
  if (view.run.y?.length === view.run.x.length && plan.mode !== "many-to-one") found.y = view.run.y;
  return found;
}

// Over time: a map of units and steps, and the lines of a few.
let over = null;
function drawOver(all, here, one) {
  if (all || !over) {
    const there = overTime(here, one), names = Object.keys(there);
    if (!names.includes(view.quantity)) view.quantity = "h";
    const picker = el("select", {id: "quantity", onchange: event => choose({quantity: event.target.value})}, names
      .map(name => el("option", {value: name, selected: name === view.quantity ? "" : null}, name)));
    const series = there[view.quantity], units = series[0].length, T = series.length;
    const rows = Array.from({length: units}, (_, j) => series.map(row => row[j]));
    const most = largest(series), room = view.room - 60;
    const wide = Math.max(2, Math.min(72, Math.floor(room / T))), high = Math.max(4, Math.min(22, Math.floor(340 / units)));
    const hatched = series.map((_, k) => k).filter(k => !isReal(here.plan, k));
    const look = (i, j) => say(`${labelAt(view.quantity, [units, 1], i, 0)} at t = ${when(j + 1)} is ${whole(asStored(rows[i][j]))}`);
    over = map({name: `${view.quantity} over time`, rows, scale: [high, wide], most, hatched, look, pick: (i, j) => choose({unit: i, t: j + 1})});
    over.wide = wide; over.high = high; over.units = units; over.T = T;
    over.cursor = el("i", {class: "at"});
    over.append(over.cursor);
    over.lines = el("div", {});
    over.most = most;
    $("over").replaceChildren(el("div", {class: "row"}, el("label", {}, "Quantity ", picker), scaleBar(most),
      hatched.length ? el("span", {class: "scale"}, "hatched: masked or padded") : null), over, over.lines);
    over.series = series;
    over.drawn = null;
  }
  Object.assign(over.cursor.style, {left: `${(view.t - 1) * over.wide}px`, top: 0, width: `${over.wide + 2}px`, height: `${over.units * over.high + 2}px`});
  const unit = Math.min(view.unit, over.units - 1);
  if (over.drawn !== unit) {
    over.lines.replaceChildren(linesOver(over.series, unit));
    over.drawn = unit;
  }
  over.mark.setAttribute("x1", over.X(view.t - 1));
  over.mark.setAttribute("x2", over.X(view.t - 1));
}

const PALETTE = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6bb1", "#7f7f7f"];
function linesOver(series, unit) {
  const count = series[0].length, shown = count <= PALETTE.length ? [...Array(count).keys()] : [unit];
  const w = Math.max(240, over.T * over.wide), high = 140, all = shown.flatMap(j => series.map(row => row[j])).filter(Number.isFinite);
  const low = Math.min(0, ...minMax(all)), top = Math.max(0, ...minMax(all)), span = top - low || 1;
  over.X = k => (over.T > 1 ? over.wide / 2 + k * over.wide : over.wide / 2);
  const Y = v => 10 + ((top - v) / span) * (high - 20);
  over.mark = svg("line", {class: "axis", y1: 0, y2: high, "stroke-width": 2});
  const lines = shown.map((j, k) => {
    const d = series.map((row, t) => (Number.isFinite(row[j]) ? `${t && Number.isFinite(series[t - 1][j]) ? "L" : "M"}${over.X(t).toFixed(1)},${Y(row[j]).toFixed(1)}` : "")).join("");
    const line = svg("g", {}, svg("path", {d, fill: "none", stroke: PALETTE[k % 8], "stroke-width": j === unit ? 2.4 : 1.3}));
    if (over.T <= 60) series.forEach((row, t) => Number.isFinite(row[j]) && line.append(svg("circle", {cx: over.X(t), cy: Y(row[j]), r: 2.6, fill: PALETTE[k % 8]})));
    return line;
  });
  const places = apart(shown.map(j => Y(series.at(-1)[j]) + 4 || 12), 12, high - 2);
  const labels = shown.map((j, k) => {
    const node = text(w + 8, places[k], labelAt(view.quantity, [count, 1], j, 0));
    node.style.fill = PALETTE[k % 8];
    return node;
  });
  return svg("svg", {width: w + 90, height: high, viewBox: `0 0 ${w + 90} ${high}`, role: "img"},
    svg("title", {}, `${view.quantity} over time`), over.mark, svg("line", {class: "axis", x1: 0, x2: w, y1: Y(0), y2: Y(0)}), lines, labels,
    text(w + 8, 12, "", {}));
}

// Places for labels near where their lines end, none upon another.
function apart(wanted, top, bottom, room = 14) {
  const order = [...wanted.keys()].sort((a, b) => wanted[a] - wanted[b]), places = [];
  order.forEach((k, n) => (places[k] = Math.max(wanted[k], top + n * room, n ? places[order[n - 1]] + room : top)));
  order.reverse().forEach((k, n) => (places[k] = Math.min(places[k], bottom - n * room)));
  return places;
}

const minMax = values => (values.length ? [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))] : [0]);

// Up to so many units and features all formulas of a step are drawn, else one that is chosen.
const MOST_AT_ONCE = 4;

// The matrices: each formula of the step, drawn with its arrays in it.
function drawSums(all, here, one) {
  const small = Math.max(one.units, one.features) <= MOST_AT_ONCE, names = one.lines.map(line => line[0]);
  if (!names.includes(view.line)) view.line = names[0];
  const of = bindings(view.run, view.layer, view.way, view.t), box = $("sums");
  const focused = box.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
  const parts = [];
  if (!small) parts.push(el("label", {class: "noprint"}, "Formula ", el("select", {"aria-label": "Formula", onchange: event => choose({line: event.target.value})},
    names.map(name => el("option", {value: name, selected: name === view.line ? "" : null}, name)))));
  if (!isReal(here.plan, view.t - 1)) parts.push(el("p", {}, "This step is masked or padded: nothing is computed."), ...unread());
  else for (const line of one.lines) if (small || line[0] === view.line) parts.push(sumOf(line, one, of));
  parts.push(el("p", {id: "line-at", class: "soft"}));
  box.replaceChildren(...parts);
  if (focused) [...box.querySelectorAll("[aria-label]")].find(node => node.getAttribute("aria-label").split(" is ")[0] === focused.split(" is ")[0])?.focus();
}

// The input of a step that nobody reads: it may be changed, and with masking that makes it real.
function unread() {
  const source = inputSource();
  if (!source.array) return [];
  const row = ofSequence(source.array, view.sequence, 2)[source.input];
  return [el("div", {class: "piece"}, el("p", {}, ...shownName("x_t")), arrayGrid("x_t", Array.from(row, v => [v]), source, () => {}))];
}

function sumOf(line, one, of) {
  const [name, , , tree, mathml] = line, pieces = [];
  const result = of("v", name), wide = [];
  const piece = (label, values, source) => {
    const rows = ArrayBuffer.isView(values[0]) || Array.isArray(values[0]) ? values : Array.from(values, v => [v]);
    const box = arrayGrid(label, rows, source, i => lit(i));
    pieces.push({box, matrix: rows !== values ? false : true, rows, label});
    return el("div", {class: "piece"}, el("p", {}, ...shownName(label)), box);
  };
  const lit = i => {
    for (const one of pieces) one.box.lit?.(one.operand ? 0 : Math.min(i, one.rows.length - 1), one.operand || one.rows.length === 1);
    showLine(tree, name, i, result, of);
  };
  const drawn = part => {
    const kind = part[0];
    if (kind === "n") return [el("span", {}, whole(part[1], stored.float64))];
    if (kind === "s" || kind === "v") return [piece(part[1], of(kind, part[1]), sourceOf(part, one))];
    if (kind === "@") {
      const left = drawn(part[1]), right = drawn(part[2]);
      if (part[2][0] === "s" || part[2][0] === "v") pieces.at(-1).operand = true;
      return [...left, el("span", {}, "\u00b7"), ...right];
    }
    if (kind === "f") {
      const inside = part.slice(5).flatMap((one, k) => (k ? [el("span", {}, ","), ...drawn(one)] : drawn(one)));
      return [el("span", {}, `${part[3]}(`), ...inside, el("span", {}, ")")];
    }
    const sign = {"*": "\u2299", "-": "\u2212"}[kind] ?? kind;
    const bracketed = (one, weaker) => (weaker.includes(one[0]) ? [el("span", {}, "("), ...drawn(one), el("span", {}, ")")] : drawn(one));
    const weak = kind === "+" ? "" : kind === "-" ? "" : "+-";
    return [...bracketed(part[1], weak), el("span", {}, sign), ...bracketed(part[2], kind === "-" ? "+-" : weak)];
  };
  const left = piece(name, result, {quantity: name});
  return el("div", {}, math(mathml), el("div", {class: "sum"}, left, el("span", {}, "="), ...drawn(tree)));
}

// A name with what stands below the line: W_x.i, h_{t-1}.
function shownName(name) {
  const [start, gate] = name.split("."), [head, ...below] = start.split("_");
  const low = [below.join("_").replace(/[{}]/g, "").replace("-", "\u2212"), gate].filter(Boolean).join(",");
  return [head, low ? el("sub", {}, low) : null];
}

// Where the numbers of a symbol can be changed: an array of the config, or nothing.
function sourceOf([kind, name], one) {
  if (kind === "v") return {quantity: name};
  if (one.weights[name] != null) return {array: arrays[one.weights[name]]};
  if (name === "x_t") return inputSource();
  const ahead = one.turned ? 1 : -1, before = view.t + ahead;
  if (before >= 1 && before <= view.run.x.length) return {};
  const array = arrays[one.states[name[0]]];
  return {array, sequence: typeof array.value[0] !== "number"};
}

function inputSource() {
  const here = plan.layers[view.layer];
  if (view.layer || here.before.length || (plan.mode === "one-to-many" && view.t > 1)) return {};
  const end = view.run.end ?? view.run.x.length;
  const row = here.processing && view.t <= end ? end - view.t : view.t - 1;
  return {array: arrays[0], input: plan.mode === "one-to-many" ? 0 : row};
}

function indexOf(source, i, j) {
  const batch = typeof source.array?.value[0]?.[0] !== "number" && source.input != null;
  if (source.input != null) return [...(batch ? [view.sequence] : []), source.input, i];
  if (source.sequence) return [view.sequence, i];
  return typeof source.array.value[0] === "number" ? [i] : [i, j];
}

function arrayGrid(label, rows, source, lit) {
  const size = [rows.length, rows[0].length];
  const look = (i, j) => { lit(i); say(`${labelAt(label, size, i, j)} = ${whole(rows[i][j])}`); };
  const pick = (i, j) => {
    if (source.array) select(source.array, indexOf(source, i, j));
    if (source.quantity) choose({unit: i});
  };
  const was = (i, j) => {
    if (source.quantity) return originalOf([view.t, source.quantity, i]);
    if (source.array) return edits.get(keyOf(source.array, indexOf(source, i, j)))?.from;
  };
  if (size[0] * size[1] <= 64 && size[1] <= 8 && size[0] <= 16) return cells({name: label, rows, edit: source.array, was, look, pick, digits: plan.digits});
  const high = Math.max(3, Math.min(14, Math.floor(330 / size[0]))), wide = size[1] === 1 ? 22 : Math.max(3, Math.min(14, Math.floor(330 / size[1])));
  return map({name: label, rows, scale: [high, wide], most: largest(rows), look, pick});
}

function showLine(tree, name, unit, result, of) {
  const line = arithmetic(tree, Math.min(unit, result.length - 1), at(result, unit), of, "full");
  const label = labelAt(name, [result.length, 1], unit, 0);
  $("line-at")?.replaceChildren(el("code", {}, `${label} = ${line.text} ${line.exact ? "=" : "\u2248"} ${line.result}`),
    line.rest ? ` (the last number is the sum of ${line.rest} smaller products)` : "");
}

// The arithmetic, as ``rnncalc explain`` tells it.
function drawLines(here, one) {
  const list = el("ol", {class: "lines"}), of = bindings(view.run, view.layer, view.way, view.t);
  for (const [name, values, origin] of given(here, one, of))
    list.append(el("li", {}, el("code", {}, `${name} = ${vectorText(values)}`, origin ? el("span", {class: "soft"}, `   (${origin})`) : null)));
  if (!isReal(here.plan, view.t - 1)) list.append(el("li", {}, "this step is masked or padded: the state stays as it was"));
  else for (const [name, tree, mathml] of one.lines) list.append(lineItem(name, tree, mathml, of("v", name), of, view.unit));
  const turned = one.turned ? view.t - 1 : view.t + 1, passed = Object.keys(one.states);
  const receiver = (turned < 1 || turned > view.run.x.length) && !plan.more ? "the final state" : `t = ${when(turned)}`;
  list.append(el("li", {}, `passed on to ${receiver}: ${passed.map(name => `${name} = ${vectorText(of("v", name))}`).join(", ")}`));
  $("lines").replaceChildren(list, ...outputLines());
}

function lineItem(name, tree, mathml, values, of, unit) {
  const j = Math.min(unit, values.length - 1), line = arithmetic(tree, j, at(values, j), of, plan.digits);
  const label = labelAt(name, [values.length, 1], j, 0);
  return el("li", {}, math(mathml), el("code", {}, `${label} = ${line.text} ${line.exact ? "=" : "\u2248"} `, el("b", {}, line.result)),
    line.rest ? el("p", {}, `(the last number is the sum of ${line.rest} smaller products)`) : null);
}

const vectorText = values => {
  const shown = Array.from(values.slice(0, 4), v => number(v, plan.digits));
  return values.length === 1 ? shown[0] : `[${shown.join(", ")}${values.length > 4 ? `, ... ${values.length} numbers` : ""}]`;
};

function given(here, one, of) {
  const ahead = one.turned ? 1 : -1, before = view.t + ahead, first = before < 1 || before > view.run.x.length;
  const below = here.plan.before.length ? `what ${here.plan.before.at(-1).name} gives` : view.layer ? `h of ${plan.layers[view.layer - 1].name}` :
    plan.feedback && view.t > 1 ? {y: `y of t = ${view.t - 1}`, x: "the input again", zeros: "zeros"}[plan.feedback] : "the input";
  return one.given.map(name => [name, of("s", name), name === "x_t" ? below : first && !plan.before ? "the initial state" : `after t = ${when(before)}`]);
}

// Layers without a state: what they make of this step, or at its end of the sequence.
function outputLines() {
  const run = view.run, single = plan.mode === "many-to-one", end = run.end ?? run.x.length;
  const chains = [...run.layers[view.layer].kept.map(one => [one, false]), ...run.kept.map(one => [one, true])];
  const found = [];
  for (const [{plan: one, given: rows, gives}, output] of chains) {
    const last = gives.length === 1 && rows.length === 1 && single && output;
    if (output && view.t !== end && (last || one.row)) continue;
    if (one.row) { found.push(el("h3", {}, `${one.name}: ${one.row} over ${rows.length} timesteps`), el("p", {}, `${one.gives} = ${vectorText(rounding(gives[0]))}`)); continue; }
    const k = last ? 0 : view.t - 1, values = {};
    const of = (kind, name) => kind === "v" ? values[name] : name === one.symbol ? rounding(rows[k]) :
      Array.isArray(one.weights[name]) ? one.weights[name] : arrays[one.weights[name]].value;
    const list = el("ol", {class: "lines"});
    one.lines.forEach(([name, tree, mathml], n) => {
      values[name] = n === one.lines.length - 1 ? rounding(gives[k]) : vector(tree, of).map(asStored);
      for (let j = 0; j < Math.min(values[name].length, 8); j++) list.append(lineItem(name, tree, mathml, values[name], of, j));
    });
    found.push(el("h3", {}, `${one.name}: ${one.title}`), list);
  }
  return found;
}

// What can be chosen.
function fillChoices() {
  const fill = (id, options, current) => {
    $(id).hidden = options.length < 2;
    $(id).querySelector("select").replaceChildren(...options.map(([value, label]) => el("option", {value, selected: value === String(current) ? "" : null}, label)));
  };
  fill("of", plan.layers.flatMap((layer, i) => Object.keys(layer.ways).map(way => [`${i} ${way}`, Object.keys(layer.ways).length > 1 ? `${layer.name}.${way}` : layer.name])), `${view.layer} ${view.way}`);
  fill("sequence", Array.from({length: plan.batch ?? 1}, (_, k) => [String(k), String(k)]), view.sequence);
  const one = plan.layers[view.layer].ways[view.way];
  fill("unit", Array.from({length: one.units}, (_, j) => [String(j), String(j)]), view.unit);
}

let playing = null;
function play() {
  if (playing) { clearInterval(playing); playing = null; }
  else playing = setInterval(() => choose({t: (view.t % view.run.x.length) + 1}), 900);
  $("play").setAttribute("aria-pressed", String(Boolean(playing)));
  $("play").textContent = playing ? "Pause" : "Play";
}

function listen() {
  $("t").addEventListener("input", event => choose({t: Number(event.target.value)}));
  $("back").addEventListener("click", () => choose({t: view.t - 1}));
  $("on").addEventListener("click", () => choose({t: view.t + 1}));
  $("play").addEventListener("click", play);
  $("put").addEventListener("click", putSelected);
  $("value").addEventListener("keydown", event => { if (event.key === "Enter") putSelected(); });
  $("undo").addEventListener("click", undo);
  $("reset").addEventListener("click", reset);
  $("yaml").addEventListener("click", () => copy(asYaml(), "The network as YAML"));
  $("words").addEventListener("click", () => copy(command(), "The command"));
  $("link").addEventListener("click", () => copy(location.href, "The link"));
  $("words").hidden = !plan.command;
  const chosen = (id, change) => $(id).querySelector("select").addEventListener("change", event => change(event.target.value));
  chosen("of", value => { const [layer, way] = value.split(" "); choose({layer: Number(layer), way}); });
  chosen("sequence", value => { view.sequence = Number(value); recompute(); choose({sequence: view.sequence}); });
  chosen("unit", value => choose({unit: Number(value)}));
  document.addEventListener("keydown", event => {
    if (event.target.closest("input, select, textarea, [role=grid], [role=application]") || event.altKey || event.metaKey) return;
    if (event.ctrlKey) { if (event.key === "z") { event.preventDefault(); undo(); } return; }
    const by = {ArrowLeft: {t: view.t - 1}, ArrowRight: {t: view.t + 1}, ArrowUp: {unit: view.unit - 1}, ArrowDown: {unit: view.unit + 1}}[event.key];
    if (!by || ("unit" in by && plan.layers[view.layer].ways[view.way].units < 2)) return;
    event.preventDefault();
    choose(by);
  });
  addEventListener("resize", () => render({all: true}));
  dark.addEventListener("change", () => render({all: true}));
  addEventListener("beforeprint", () => { printing = true; draw(true); });
  addEventListener("afterprint", () => { printing = false; draw(true); });
}

function facts() {
  const lines = [];
  const some = plan.before || plan.more ? `timesteps ${when(1)} to ${when(plan.timesteps)}, the state before them given` : `${plan.timesteps} timesteps`;
  const shape = [plan.batch ? `${plan.batch} sequences` : null, some, plan.mode].filter(Boolean).join(", ");
  lines.push(el("p", {}, shape));
  if (plan.note) lines.push(el("p", {}, plan.note));
  if (plan.command) lines.push(el("p", {}, "Made by ", el("code", {}, plan.command)));
  $("facts").replaceChildren(...lines);
}

Object.assign(view, plan.begin);
facts();
recall();
recompute();
listen();
draw(true);
