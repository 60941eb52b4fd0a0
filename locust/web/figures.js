/* How numbers are written: few digits, units that stay beside them, a dash for what is not known. */

const UNKNOWN = "–";
const NBSP = "\u00a0";

/** 3.94 as "3.9", 0.25 as "0.25", 112.3 as "112". */
export function number(value) {
  if (value === null || value === undefined) return UNKNOWN;
  const size = Math.abs(value);
  if (size >= 99.5 || Number.isInteger(value)) return grouped(Math.round(value));
  return value.toFixed(size >= 0.995 ? 1 : 2);
}

/** Answers per second: always with a decimal below a hundred, so that digits do not jump. */
export function rate(value) {
  if (value === null || value === undefined) return UNKNOWN;
  return value >= 99.5 ? grouped(Math.round(value)) : value.toFixed(1);
}

/** 0.0123 as "12 ms", 1.0049 as "1.00 s", 12.34 as "12.3 s". */
export function seconds(value) {
  if (value === null || value === undefined) return UNKNOWN;
  if (value < 0.0995) return `${Math.round(value * 1000)}${NBSP}ms`;
  return `${value.toFixed(value < 9.995 ? 2 : 1)}${NBSP}s`;
}

/** Processor time: 0.0021 as "2.1 ms", 0.00043 as "0.43 ms", 0.012 as "12 ms". */
export function shortTime(value) {
  return value < 0.00995 ? `${number(value * 1000)}${NBSP}ms` : seconds(value);
}

/** "1 slot", "4 slots". */
export function counted(count, singular, plural = `${singular}s`) {
  return `${grouped(count)}${NBSP}${count === 1 ? singular : plural}`;
}

/** A share of one as "5 %", "0.5 %". */
export function percent(share) {
  return `${number(Math.round(share * 10000) / 100)}${NBSP}%`;
}

function grouped(whole) {
  return whole.toLocaleString("en-US");
}
