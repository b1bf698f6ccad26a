// The pictures: the steps one after another with their numbers, and one step's cell with its valves.
const MOST_PICTURED = 8;  // units and features of steps that are drawn with all of their numbers
const text = (x, y, content, more = {}) => svg("text", {x, y, ...more}, content);

// A name with what stands below the line: W_x, h_3.
function named(x, y, name, below, more = {}) {
  const [head, ...rest] = name.split("_");
  const low = [...rest, below].filter(one => one != null && one !== "").join(",");
  const node = text(x, y, head, more);
  if (low) node.append(svg("tspan", {dy: 4, "font-size": 10}, low), svg("tspan", {dy: -4}, "\u200b"));
  return node;
}

const arrowHead = (x, y, angle) =>
  svg("path", {class: "tip", d: "M0,0 L-9,-4.5 L-9,4.5 Z", transform: `translate(${x},${y}) rotate(${angle})`});

// The parts that a pre-activation is the sum of; of a gated cell its gates and states.
function rowsOf(one) {
  if (one.gates) return [...one.gates, ...(one.states.c != null ? ["c"] : [])].map(name => [name, ["v", name]]);
  let tree = one.lines.find(line => line[0] === "a")[1];
  if (tree[0] === "f") tree = tree[5];
  const summands = [];
  const visit = part => (part[0] === "+" ? part.slice(1).forEach(visit) : summands.push(part));
  visit(tree);
  return [...summands.map(part => [summandName(part), part]), ["a", ["v", "a"]]];
}

function summandName(part) {
  if (part[0] === "@") return `${part[1][1]}\u00b7${part[2][1][0]}`;
  return {x_term: "W_x\u00b7x", h_term: "W_h\u00b7h"}[part[1]] ?? part[1];
}

function unrolled(width) {
  const here = view.run.layers[view.layer], one = here.plan.ways[view.way], passed = here.ways[view.way];
  const rows = rowsOf(one), features = one.features;
  const turned = one.turned, left = turned ? 16 : 76, margins = turned ? 130 : 96;
  const count = Math.max(1, Math.min(8, view.run.x.length, Math.floor((width - margins) / 192)));
  const wide = Math.max(176, Math.min(232, Math.floor((width - margins) / count)));
  const first = Math.max(0, Math.min(view.run.x.length - count, view.t - 1 - Math.floor(count / 2)));
  const line = 17, block = one.units * line + 5, high = rows.length * block + 14;
  const pills = one.size * 27, boxTop = pills + 62, xTop = boxTop + high + 34;
  const total = xTop + features * 46 + 24, all = margins + count * wide;
  const picture = svg("svg", {width: all, height: total, viewBox: `0 0 ${all} ${total}`, role: "img"},
    svg("title", {}, `Steps ${when(first + 1)} to ${when(first + count)} of ${here.plan.name}, ${view.way}`));
  const recurrent = rows.findIndex(([name]) => name.startsWith("W_h"));
  const entry = boxTop + 12 + (recurrent < 0 ? rows.length / 2 : recurrent + 0.5) * block;
  for (let k = 0; k < count; k++)
    picture.append(stepOf(first + k, left + k * wide + 14, {here, one, passed, rows, wide, line, block, high, boxTop, xTop, entry, turned, first, count}));
  const start = turned ? view.run.x.length : 1, k = start - 1 - first;
  if (k >= 0 && k < count) picture.append(initialState(passed.initial.h, turned ? left + k * wide + wide - 14 : 62, entry, turned, view.run.x.length));
  return picture;
}

function initialState(h, x, y, turned, count) {
  const group = svg("g", {}), widest = Math.max(...Array.from(h, v => short(v).length)) * 8;
  const at = turned ? x + 30 : x - 56, from = turned ? at - 6 : Math.min(at + widest + 6, x + 8), to = turned ? x - 14 : x + 26;
  group.append(svg("path", {class: "wire", d: `M${from},${y} L${to + (turned ? 6 : -6)},${y}`}), arrowHead(to, y, turned ? 180 : 0));
  group.append(named(at, y - 12 * h.length - 2, "h", when(turned ? count + 1 : 0), {class: "soft"}));
  h.forEach((v, j) => group.append(value(at, y - 12 * (h.length - 1) + j * 16 + 4, v, ["initial", "h", j], "start")));
  return group;
}

// A number in a picture: short, every digit under the pointer, marked where it differs from before.
function value(x, y, v, source, anchor = "end", more = {}) {
  const before = source ? originalOf(source) : undefined, changed = before !== undefined && !Object.is(before, v);
  const node = text(x, y, short(v), {"text-anchor": anchor, class: changed ? "changed" : null, ...more});
  node.append(svg("title", {}, whole(v) + (changed ? `, was ${whole(before)}` : "")));
  return node;
}
const short = v => number(v, typeof plan.digits === "string" ? plan.digits : Math.min(plan.digits, 5));

function stepOf(k, x0, at) {
  const {here, one, passed, rows, wide, line, block, high, boxTop, xTop, entry, turned} = at;
  const t = k + 1, w = wide - 44, middle = x0 + w / 2, real = isReal(here.plan, k);
  const group = svg("g", {class: "pick", onclick: () => choose({t})});
  const now = t === view.t ? " now" : "";
  // names stand where no arrow goes
  const beside = (y, name, below) => named(middle + (turned ? 50 : -50), y, name, below, {class: "soft", "text-anchor": turned ? "start" : "end"});
  // x, from below
  const x = readBy(view.run, view.layer, view.way, t);
  x.forEach((v, j) => {
    const y = xTop + 20 + j * 46;
    group.append(svg("ellipse", {class: "x" + now, cx: middle, cy: y, rx: 44, ry: 17}), value(middle, y + 4.5, v, null, "middle"),
      beside(y + 4, "x", x.length > 1 ? `${when(t)}[${j}]` : when(t)));
  });
  group.append(svg("path", {class: "wire", d: `M${middle},${xTop + 3} V${boxTop + high + 8}`}), arrowHead(middle, boxTop + high + 1, -90));
  // a gate has a weight of its own: one number would be wrong for the others
  if (one.units === 1 && x.length === 1 && one.weights.W_x != null) group.append(text(middle + 8, xTop - 9, `\u00d7${short(arrays[one.weights.W_x].value[0][0])}`, {class: "weight"}));
  // the box
  group.append(svg("rect", {class: `box${now}${real ? "" : " frozen"}`, x: x0, y: boxTop, width: w, height: high, rx: 9}));
  const of = bindings(view.run, view.layer, view.way, t);
  rows.forEach(([name, tree], r) => {
    const top = boxTop + 12 + r * block, values = real ? vector(tree, of) : [];
    const [main, gate] = name.split("\u00b7");
    const label = named(x0 + 10, top + 13, main, "", {class: "soft"});
    if (gate) label.append(`\u00b7${gate}`);
    group.append(label);
    if (name === "a") group.append(svg("line", {class: "axis", x1: x0 + 8, x2: x0 + w - 8, y1: top - 3, y2: top - 3, "stroke-width": 1.2}));
    values.forEach((v, j) => group.append(value(x0 + w - 10, top + 13 + j * line, v, tree[0] === "v" ? [t, tree[1], j] : null)));
  });
  if (!real) group.append(text(middle, boxTop + high / 2, "masked", {"text-anchor": "middle", class: "soft"}));
  // h, above
  const h = passed.values.h[k], most = largest([h]), pillTop = boxTop - 26 - h.length * 27;
  group.append(svg("path", {class: "wire", d: `M${middle},${boxTop} V${pillTop + h.length * 27 + 8}`}), arrowHead(middle, pillTop + h.length * 27 + 2, -90));
  group.append(text(middle + 8, boxTop - 6, real ? functionName(one) : "", {class: "soft"}));
  h.forEach((v, j) => {
    const color = rgb(v, most), y = pillTop + j * 27, light = color[0] * 0.299 + color[1] * 0.587 + color[2] * 0.114 > 140;
    const shown = value(middle, y + 16.5, v, [t, "h", j], "middle", {"font-weight": 600});
    shown.style.fill = light ? "#111" : "#fff";
    const changed = shown.classList.contains("changed");
    const rect = svg("rect", {x: middle - 44, y, width: 88, height: 24, rx: 12, fill: `rgb(${color})`, class: changed ? "ring" : "pill"});
    group.append(rect, shown, beside(y + 16, "h", h.length > 1 ? `${when(t)}[${j}]` : when(t)));
  });
  group.append(text(middle, xTop + x.length * 46 + 18, `t = ${when(t)}`, {"text-anchor": "middle", class: now ? "" : "soft", "font-weight": now ? 700 : 400}));
  // the arrow to the step that is computed next: from the pill to where W_h h is added
  const next = turned ? k - 1 : k + 1;
  if (next >= 0 && next < view.run.x.length) group.append(onward(turned, middle, x0, wide, w, pillTop + 12, entry));
  return group;
}

function onward(turned, middle, x0, wide, w, from, to) {
  const s = turned ? -1 : 1, start = middle + s * 44, turn = turned ? x0 - 14 : x0 + w + 16;
  const end = turned ? x0 - (wide - w) + 2 : x0 + wide - 2;
  const d = `M${start},${from} H${turn - s * 8} Q${turn},${from} ${turn},${from + 8} V${to - 8} Q${turn},${to} ${turn + s * 8},${to} H${end}`;
  return svg("g", {}, svg("path", {class: "wire", d}), arrowHead(end + s * 2, to, turned ? 180 : 0));
}

const functionName = one => (one.gates ? "" : one.lines.find(line => line[0] === "h")[1][3] ?? "");

// One step of one unit: gates as valves, numbers on the wires, the curve of the activation.
function cellPicture() {
  const here = view.run.layers[view.layer], one = here.plan.ways[view.way], of = bindings(view.run, view.layer, view.way, view.t);
  const get = name => at(of("v", name), Math.min(view.unit, of("v", name).length - 1));
  const before = state => at(of("s", one.given.find(name => name.startsWith(state + "_"))), view.unit);
  if (!isReal(here.plan, view.t - 1)) return el("p", {}, "This step is masked or padded: the state stays as it was.");
  const pictures = {rnn: curvePicture, lstm: lstmPicture, gru: gruPicture};
  return pictures[here.plan.cell](one, get, before);
}

function valve(x, y, name, v, [labelX, labelY] = [0, -26]) {
  const open = Math.max(0, Math.min(1, v)) || 0, angle = 2 * Math.PI * open, big = open > 0.5 ? 1 : 0, r = 17;
  const group = svg("g", {}, svg("circle", {class: "box", cx: x, cy: y, r}));
  const fill = isDark() ? "#3b82c4" : "#7db3e0";
  if (open >= 0.9999) group.append(svg("circle", {cx: x, cy: y, r: r - 2, fill}));
  else if (open > 0)
    group.append(svg("path", {fill, d: `M${x},${y} V${y - r + 2} A${r - 2},${r - 2} 0 ${big} 1 ${x + (r - 2) * Math.sin(angle)},${y - (r - 2) * Math.cos(angle)} Z`}));
  group.append(text(x, y + 5, "\u00d7", {"text-anchor": "middle", "font-size": 15}));
  group.append(text(x + labelX, y + labelY, `${name} = ${short(v)}`, {"text-anchor": "middle"}), svg("title", {}, `${name} = ${whole(v)}`));
  return group;
}

const wire = (...points) => {
  const [x2, y2] = points.at(-1), [x1, y1] = points.at(-2);
  const angle = (Math.atan2(y2 - y1, x2 - x1) * 180) / Math.PI;
  return svg("g", {}, svg("path", {class: "wire", d: "M" + points.map(one => one.join(",")).join(" L")}), arrowHead(x2, y2, angle));
};
const tag = (x, y, name, v, anchor = "middle") => {
  const node = text(x, y, `${name} = ${short(v)}`, {"text-anchor": anchor});
  node.append(svg("title", {}, `${name} = ${whole(v)}`));
  return node;
};
const plus = (x, y) => svg("g", {}, svg("circle", {class: "box", cx: x, cy: y, r: 13}), text(x, y + 5, "+", {"text-anchor": "middle", "font-size": 15}));
const beforeName = (state, one) => `${state}_${when(one.turned ? view.t + 1 : view.t - 1)}`;
const drawing = (width, height, title, ...parts) =>
  svg("svg", {width, height, viewBox: `0 0 ${width} ${height}`, role: "img"}, svg("title", {}, title), parts);

function lstmPicture(one, get, before) {
  const [i, f, o, g, c] = ["i", "f", "o", "g", "c"].map(get), t = when(view.t);
  const goes = `to t = ${one.turned ? t - 1 : t + 1}`;
  return drawing(830, 240, `The cell at t = ${t}, unit ${view.unit}: gates i ${short(i)}, f ${short(f)}, o ${short(o)}`,
    wire([126, 80], [206, 80]), wire([242, 80], [345, 80]), wire([373, 80], [462, 80]), wire([580, 80], [660, 80]),
    wire([200, 190], [340, 190]), wire([360, 172], [360, 95]), wire([520, 92], [520, 190], [580, 190]), wire([617, 190], [664, 190]),
    tag(64, 84, beforeName("c", one), before("c")), valve(224, 80, "f", f), plus(360, 80), tag(520, 84, `c_${t}`, c),
    text(668, 84, goes, {class: "soft"}), tag(144, 194, "g", g), valve(360, 190, "i", i, [0, 36]),
    text(530, 140, functionOf(one, "h"), {class: "soft"}), valve(599, 190, "o", o, [0, 36]),
    one.size === one.units ? tag(672, 194, `h_${t}`, get("h"), "start") : text(672, 194, "W_r makes h of it", {class: "soft"}),
    text(224, 122, "what of c stays", {class: "soft", "text-anchor": "middle"}), text(350, 154, "what of g goes in", {class: "soft", "text-anchor": "end"}));
}

function gruPicture(one, get, before) {
  const [z, r, n, h] = ["z", "r", "n", "h"].map(get), t = when(view.t), was = before("h");
  const kept = one.inverted ? ["1 \u2212 z", 1 - z] : ["z", z], taken = one.inverted ? ["z", z] : ["1 \u2212 z", 1 - z];
  return drawing(830, 250, `The cell at t = ${t}, unit ${view.unit}: gates z ${short(z)}, r ${short(r)}`,
    wire([130, 70], [292, 70]), wire([328, 70], [465, 70]), wire([493, 70], [600, 70]), wire([160, 76], [160, 190], [212, 190]), wire([248, 190], [300, 190]),
    wire([436, 190], [460, 190]), wire([480, 172], [480, 85]),
    tag(64, 74, beforeName("h", one), was), valve(310, 70, ...kept), plus(480, 70), tag(665, 74, `h_${t}`, h),
    valve(230, 190, "r", r, [0, 36]), tag(370, 194, "n", n), valve(480, 190, ...taken, [0, 36]),
    text(520, 194, "what of n goes in", {class: "soft"}), text(310, 112, "what of h stays", {class: "soft", "text-anchor": "middle"}), text(230, 246, "what of h the candidate sees", {class: "soft", "text-anchor": "middle"}));
}

const functionOf = (one, quantity) => {
  const find = tree => (!Array.isArray(tree) ? null : tree[0] === "f" ? tree : tree.map(find).find(Boolean));
  return find(one.lines.find(line => line[0] === quantity)?.[1])?.[3] ?? "";
};

// The curve of the activation, and the point on it.
function curvePicture(one, get) {
  const a = get("a"), h = get("h"), f = functions[one.function];
  if (!f) return el("p", {}, `${functionOf(one, "h")} takes all units together: it has no curve.`);
  if (!Number.isFinite(a)) return el("p", {}, `a_${when(view.t)} is ${short(a)}, h_${when(view.t)} is ${short(h)}: no place on a curve.`);
  const w = 340, high = 220, reach = Math.max(3, Math.abs(a) * 1.2 || 3), X = v => w / 2 + (v / reach) * (w / 2 - 16);
  const points = Array.from({length: 161}, (_, k) => -reach + (k * reach) / 80).map(v => [v, f(v)]).filter(([, v]) => Number.isFinite(v));
  const top = Math.max(1, ...points.map(([, v]) => Math.abs(v))), Y = v => high / 2 - (v / top) * (high / 2 - 18);
  return drawing(w, high, `a = ${short(a)} becomes h = ${short(h)}`,
    svg("line", {class: "axis", x1: 8, x2: w - 8, y1: Y(0), y2: Y(0)}), svg("line", {class: "axis", x1: X(0), x2: X(0), y1: 8, y2: high - 8}),
    svg("path", {class: "curve", d: "M" + points.map(([x, y]) => `${X(x).toFixed(1)},${Y(y).toFixed(1)}`).join(" L")}),
    Number.isFinite(h) ? svg("path", {class: "wire frozen", d: `M${X(a)},${Y(0)} V${Y(h)} H${X(0)}`}) : null,
    Number.isFinite(h) ? svg("circle", {cx: X(a), cy: Y(h), r: 5, fill: "#b2182b"}) : null,
    text(12, 18, short(top), {class: "soft"}), text(w - 12, Y(0) - 6, short(reach), {class: "soft", "text-anchor": "end"}),
    tag(w - 4, high - 40, `a_${when(view.t)}`, a, "end"), tag(w - 4, high - 20, `h_${when(view.t)} = ${functionOf(one, "h")}(a)`, h, "end"));
}
