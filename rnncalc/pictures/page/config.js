// The network as a config: read from the page, changed, written as YAML or as words of a command.
const toNumbers = value =>
  !Array.isArray(value) ? Number(value)
  : value.length && Array.isArray(value[0]) ? value.map(toNumbers)
  : Float64Array.from(value, Number);

const rounding = value => (typeof value === "number" ? asStored(value) : value.map(rounding));

function readArrays() {
  return plan.arrays.map(one => {
    let block = config;
    for (const key of one.path.slice(0, -1)) block = block[key];
    const key = one.path.at(-1);
    block[key] = rounding(toNumbers(block[key]));
    if (typeof block[key] === "number") block[key] = Float64Array.of(block[key]);
    return {...one, value: block[key]};
  });
}

const numberAt = (array, index) => index.reduce((value, i) => value[i], array.value);

function put(array, index, v) {
  const row = index.slice(0, -1).reduce((value, i) => value[i], array.value);
  row[index.at(-1)] = v;
}

// YAML, as ``rnncalc convert`` writes it.
const NONE = {nan: ".nan", inf: ".inf", "-inf": "-.inf", "-0": "-0.0"};
const inYaml = (v, type) => NONE[whole(v, type)] ?? whole(v, type);
const ENDLESS = {Infinity: ".inf", "-Infinity": "-.inf"};  // a number that JSON has as a word
const isNumbers = value => ArrayBuffer.isView(value) || (Array.isArray(value) && (typeof value[0] === "number" || isNumbers(value[0] ?? 0)));
const flow = value => (typeof value === "number" ? inYaml(value) : `[${Array.from(value, flow).join(", ")}]`);

function scalar(value) {
  if (isNumbers(value)) return flow(value);
  if (typeof value === "number") return inYaml(value, stored.float64);
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "object") return `{${Object.entries(value).map(([k, v]) => `${k}: ${scalar(v)}`).join(", ")}}`;
  const plain = /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(value);
  return plain && !/^(true|false|null|nan|inf|infinity)$/i.test(value) ? value : JSON.stringify(value);
}

function* yaml(block, depth = 0) {
  const pad = "  ".repeat(depth);
  for (const [key, value] of Object.entries(block)) {
    if (isNumbers(value) && !ArrayBuffer.isView(value)) {
      yield `${pad}${key}:`;
      for (const row of value) yield `${pad}  - ${flow(row)}`;
    } else if (Array.isArray(value)) {
      yield `${pad}${key}:`;
      for (const one of value) {
        const [first, ...rest] = yaml(one, depth + 2);
        yield `${pad}  - ${first.trim()}`;
        yield* rest;
      }
    } else if (value && typeof value === "object" && !ArrayBuffer.isView(value) && !("name" in value)) {
      yield `${pad}${key}:`;
      yield* yaml(value, depth + 1);
    } else yield `${pad}${key}: ${(key !== "name" && ENDLESS[value]) || scalar(value)}`;
  }
}

const asYaml = () => [...yaml(config)].join("\n") + "\n";

// The changes, by array and index: what it was, what it is.
const quoted = word => (/^[\w.,:=@/+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
function settingOf({array, index}) {
  const axes = array.axes ?? index.length, name = array.name, v = whole(numberAt(array, index));
  if (name === "x" && axes > 0) {
    const own = index.with(-2, index.at(-2) + plan.before), list = plan.mode === "one-to-many" ? index.at(-1) : own[0];
    return `${name}[${axes > 1 ? own : list}]=${v}`;
  }
  return axes === index.length ? `${name}[${index}]=${v}` : `${name}=${flow(array.value)}`;
}
