/* What a chart shows now, in words: for its alternative text. */

import { counted, number, rate, seconds } from "./figures.js";

/** What each chart shows of one target; "" for nothing. */
const SHOWN = {
  throughput: ({ measured, predicted }) => `${rate(measured.throughput_rps)}, predicted ${rate(predicted.throughput_rps)}`,
  latency: ({ measured, predicted }) =>
    `p50 ${seconds(measured.p50_s)}, p99 ${seconds(measured.p99_s)}, predicted ${seconds(predicted.response_s)}`,
  slots: ({ measured, slots }) => {
    const limit = slots === null ? "" : ` of ${number(slots)}`;
    return `${number(measured.busy)}${limit} busy, ${number(measured.queue)} queued`;
  },
  lanes: ({ name }, { blocks }) => {
    const own = blocks.filter((block) => block.target === name && block.count > 0);
    const answers = own.reduce((sum, { count }) => sum + count, 0);
    return `${counted(answers, "answer")} by ${counted(new Set(own.map(({ pid }) => pid)).size, "worker")}`;
  },
  processor: ({ measured }) => `${number(measured.cores_busy)} cores busy`,
  memory: ({ measured }) => `${number(measured.memory_mb)} MB`,
};

/** The end of a chart's alternative text: ". Now flask-svc: 4 of 4 busy, 16 queued; …". */
export function heard(chart, state) {
  const active = state.targets.filter((target) => target.active);
  if (!(chart in SHOWN) || state.run.began_s === null || !active.length) return "";
  return `. Now ${active.map((target) => `${target.name}: ${SHOWN[chart](target, state)}`).join("; ")}`;
}
