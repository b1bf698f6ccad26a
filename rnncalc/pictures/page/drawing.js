// What everything is drawn with: elements, colours, grids of numbers, maps of many of them.
const NS = "http://www.w3.org/2000/svg";

function filled(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes ?? {}))
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value != null && value !== false) node.setAttribute(key, value);
  for (const child of children.flat())
    if (child != null) node.append(child);
  return node;
}
const el = (tag, attributes, ...children) => filled(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) => filled(document.createElementNS(NS, tag), attributes, children);

// MathML that was printed with the page, from names of ours alone.
function math(source) {
  const holder = el("span", {class: "math"});
  holder.innerHTML = `<math>${source}</math>`;
  return holder;
}

// Blue below 0, red above, safe for colour-blind eyes; the middle is the paper.
const dark = matchMedia("(prefers-color-scheme: dark)");
let printing = false;
const isDark = () => dark.matches && !printing;
const ENDS = {low: [33, 102, 172], high: [178, 24, 43]};

function rgb(v, most) {
  const middle = isDark() ? [22, 27, 34] : [255, 255, 255];
  if (!Number.isFinite(v)) return [128, 128, 128];
  const share = Math.min(1, Math.abs(v) / (most || 1)), end = v < 0 ? ENDS.low : ENDS.high;
  return middle.map((one, k) => Math.round(one + (end[k] - one) * share * 0.92));
}

function paint(node, v, most) {
  const color = rgb(v, most), light = (color[0] * 299 + color[1] * 587 + color[2] * 114) / 1000;
  node.style.background = `rgb(${color})`;
  if (!node.classList.contains("changed")) node.style.color = light > 140 ? "#111" : "#fff";
  else node.style.color = light > 140 ? "#8a3c00" : "#ffd9a8";
}

// The largest size among numbers; 1 where they are within -1 and 1, so that colours can be compared.
function largest(rows) {
  let most = 1;
  for (const row of rows) for (const v of row) if (Number.isFinite(v)) most = Math.max(most, Math.abs(v));
  return most;
}

// Moves a place in rows and columns by an arrow key.
function moved(key, [i, j], [rows, columns]) {
  const step = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
                Home: [0, -j], End: [0, columns - 1 - j], PageUp: [-i, 0], PageDown: [rows - 1 - i, 0]}[key];
  if (!step) return null;
  const clamped = (v, n) => Math.max(0, Math.min(n - 1, v));
  return [clamped(i + step[0], rows), clamped(j + step[1], columns)];
}

// A few numbers as cells, one tab stop for all of them; ``look(i, j)`` is told at which one is looked.
function cells({name, rows, edit, was, look, pick, digits}) {
  const size = [rows.length, rows[0].length], most = largest(rows);
  const box = el("div", {class: "grid", role: "grid", "aria-label": name});
  box.style.gridTemplateColumns = `repeat(${size[1]}, auto)`;
  const buttons = rows.map((row, i) => Array.from(row, (v, j) => {
    const before = was?.(i, j), changed = before !== undefined && !Object.is(before, v);
    const button = el("button", {
      tabindex: i || j ? -1 : 0, "data-edit": edit ? "" : null, role: "gridcell",
      class: changed ? "changed" : "", title: `${labelAt(name, size, i, j)} = ${whole(v)}${changed ? `, was ${whole(before)}` : ""}`,
      "aria-label": `${labelAt(name, size, i, j)} is ${number(v, digits)}${changed ? ", changed" : ""}`,
      onclick: () => pick(i, j), onfocus: () => look(i, j), onmouseenter: () => look(i, j),
    }, number(v, digits));
    paint(button, v, most);
    return button;
  }));
  for (const line of buttons) {
    const row = el("div", {role: "row"}, line);
    row.style.display = "contents";
    box.append(row);
  }
  box.addEventListener("keydown", event => {
    const at = buttons.map(line => line.indexOf(event.target)).map((j, i) => [i, j]).find(([, j]) => j >= 0);
    const next = at && moved(event.key, at, size);
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    event.target.tabIndex = -1;
    const target = buttons[next[0]][next[1]];
    target.tabIndex = 0;
    target.focus();
  });
  box.lit = (i, all) => buttons.forEach((line, k) => line.forEach(one => one.classList.toggle("lit", all || k === i)));
  return box;
}

const labelAt = (name, [rows, columns], i, j) =>
  columns > 1 ? `${name}[${i},${j}]` : rows > 1 ? `${name}[${i}]` : name;

// Many numbers as a map of colours, one tab stop; arrows move, Enter picks.
function map({name, rows, scale, most, look, pick, hatched}) {
  const size = [rows.length, rows[0].length], [high, wide] = scale;
  // A cell is one pixel, which the style makes larger.
  const canvas = el("canvas", {
    tabindex: 0, role: "application", width: size[1], height: size[0],
    "aria-label": `${name}, ${size[0]} by ${size[1]}: arrows move, Enter selects`,
  });
  Object.assign(canvas.style, {width: `${size[1] * wide + 2}px`, height: `${size[0] * high + 2}px`});
  const cursor = el("i", {hidden: ""}), box = el("div", {class: "map"}, canvas, cursor);
  const pen = canvas.getContext("2d"), image = pen.createImageData(size[1], size[0]);
  let at = 0;
  for (const row of rows)
    for (const v of row) {
      const color = rgb(v, most);
      for (let k = 0; k < 3; k++) image.data[at++] = color[k];
      image.data[at++] = 255;
    }
  pen.putImageData(image, 0, 0);
  if (hatched?.length) box.append(hatch(hatched, wide, size[1] * wide, size[0] * high));
  let place = [0, 0];
  const show = (i, j) => {
    place = [i, j];
    cursor.hidden = false;
    Object.assign(cursor.style, {left: `${j * wide}px`, top: `${i * high}px`, width: `${wide + 2}px`, height: `${high + 2}px`});
    look(i, j);
  };
  const under = event => [Math.floor(event.offsetY / high), Math.floor(event.offsetX / wide)]
    .map((v, k) => Math.max(0, Math.min(size[k] - 1, v)));
  canvas.addEventListener("pointermove", event => look(...under(event)));
  canvas.addEventListener("click", event => { show(...under(event)); pick(...place); });
  canvas.addEventListener("keydown", event => {
    const next = moved(event.key, place, size);
    if (event.key === "Enter") pick(...place);
    else if (!next) return;
    else show(...next);
    event.preventDefault();
    event.stopPropagation();
  });
  box.lit = i => { cursor.hidden = false; Object.assign(cursor.style, {left: 0, top: `${i * high}px`, width: `${size[1] * wide + 2}px`, height: `${high + 2}px`}); };
  box.show = show;
  return box;
}

// Steps that are not real: lines across them.
function hatch(steps, wide, width, height) {
  const canvas = el("canvas", {class: "hatch", width, height}), pen = canvas.getContext("2d");
  pen.strokeStyle = "#888";
  for (const t of steps) {
    pen.save();
    pen.beginPath();
    pen.rect(t * wide, 0, wide, height);
    pen.clip();
    pen.beginPath();
    for (let y = -wide; y < height; y += 6) { pen.moveTo(t * wide, y + wide); pen.lineTo((t + 1) * wide, y); }
    pen.stroke();
    pen.restore();
  }
  return canvas;
}

function scaleBar(most, low = -most) {
  const canvas = el("canvas", {width: 120, height: 10, "aria-hidden": "true"}), pen = canvas.getContext("2d");
  for (let k = 0; k < 120; k++) {
    pen.fillStyle = `rgb(${rgb(low + ((most - low) * k) / 119, most)})`;
    pen.fillRect(k, 0, 1, 10);
  }
  return el("span", {class: "scale"}, number(low, 3), canvas, number(most, 3));
}
