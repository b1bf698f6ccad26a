// Numbers as text, as rnncalc prints them: so many significant digits or decimals, or all of them.
// What is not 0, 1 or -1 is never written as one of them.
const MOST = 17;
const stored = {float64: v => v, float32: Math.fround, float16: Math.f16round ?? half};

// float16 where the browser has none: 10 binary digits behind the first, ties to even.
function half(v) {
  if (!Number.isFinite(v) || v === 0) return v;
  const size = Math.abs(v), step = 2 ** (Math.max(-14, Math.floor(Math.log2(size))) - 10);
  const places = size / step, low = Math.floor(places), rest = places - low;
  const near = (rest > 0.5 || (rest === 0.5 && low % 2) ? low + 1 : low) * step;
  return Math.sign(v) * (near > 65504 ? Infinity : near);
}
let asStored = stored.float64;

const unusual = v => (Number.isNaN(v) ? "nan" : v > 0 ? "inf" : "-inf");

function placed(sign, digits, exponent, from) {
  // Digits and a power of ten as %g and Python write them: a power below 1e-4 and from ``from`` on.
  if (exponent < -4 || exponent >= from) {
    const size = String(Math.abs(exponent)).padStart(2, "0");
    const rest = digits.length > 1 ? "." + digits.slice(1) : "";
    return `${sign}${digits[0]}${rest}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const padded = digits.padEnd(exponent + 1, "0");
  const rest = padded.slice(exponent + 1);
  return sign + padded.slice(0, exponent + 1) + (rest ? "." + rest : "");
}

function pieces(text) {
  const [mantissa, exponent] = text.split("e");
  const digits = mantissa.replace(/[-.]/g, "").replace(/0+$/, "");
  return [text[0] === "-" ? "-" : "", digits || "0", Number(exponent)];
}

// Every digit: the shortest text that reads back to the same bits of its type.
function whole(v, type = asStored) {
  if (!Number.isFinite(v)) return unusual(v);
  if (v === 0) return Object.is(v, -0) ? "-0" : "0";
  let text = v.toExponential();
  if (type !== stored.float64)
    for (let n = 0; n < 9; n++) {
      text = v.toExponential(n);
      if (type(Number(text)) === v) break;
    }
  return placed(...pieces(text), 16);
}

function general(v, digits) {
  if (!Number.isFinite(v)) return unusual(v);
  if (v === 0) return Object.is(v, -0) ? "-0" : "0";
  return placed(...pieces(v.toExponential(digits - 1)), digits);
}

const others = v => v === 0 || v === 1 || v === -1;

function rounded(v, digits, write = general) {
  let text = write(v, digits);
  while (others(Number(text)) && Number(text) !== v && digits < MOST) text = write(v, ++digits);
  return text;
}

function fixed(v, count) {
  if (!Number.isFinite(v)) return unusual(v);
  if (Math.abs(v) >= 2 ** 53) return whole(v);
  const text = rounded(v, count, (one, n) => one.toFixed(n));
  return v === 0 || Number(text) ? text : placed(...pieces(v.toExponential(count)), -Infinity);
}

function number(v, digits = "full", type = asStored) {
  if (digits === "full" || digits === "hex") return whole(v, type);
  return typeof digits === "string" ? fixed(v, Number(digits.slice(1))) : rounded(v, digits);
}

function* finer(digits) {
  if (typeof digits === "number") for (let n = digits; n <= MOST; n++) yield n;
  else if (digits[0] === ".") for (let n = Number(digits.slice(1)); n <= MOST; n++) yield "." + n;
  else yield digits;
}

// What people type: 0.5, -.5, 1e-3, 1/3 is none; nothing but one number is taken.
function parsed(text) {
  const word = text.trim().replace("\u2212", "-");
  if (/^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(word)) {
    const value = asStored(Number(word));
    return Number.isFinite(value) ? value : null;
  }
  return null;
}
