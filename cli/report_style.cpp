#include "report_page.h"

namespace grapevine::cli {

// The colours are those of Okabe and Ito, which colour-blind people tell apart, a little darker on
// white and a little lighter on black.
const char* const kReportStyle = R"css(
:root {
  color-scheme: light dark;
  --page: #fbfbfa; --card: #ffffff; --ink: #1b1d21; --soft: #5d636d; --line: #e4e5e8; --fine: #eeeff1;
  --on: #ffffff; --hit: #0072b2; --miss: #d55e00; --muted: #8b919b;
  --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #aa4499; --c4: #e09a00; --c5: #56b4e9;
  --c6: #882255; --c7: #555a63;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #131518; --card: #1a1d21; --ink: #e9eaec; --soft: #9ea4ae; --line: #31353b; --fine: #262a2f;
    --on: #0e1013; --hit: #5ab0ea; --miss: #f08a4b; --muted: #868d98;
    --c0: #5ab0ea; --c1: #f08a4b; --c2: #3cc79c; --c3: #dc92cc; --c4: #edbb4f; --c5: #a5d8f6;
    --c6: #d0809f; --c7: #b4b9c1;
  }
}
@media print {
  :root {
    color-scheme: light;
    --page: #ffffff; --card: #ffffff; --ink: #000000; --soft: #444444; --line: #cccccc; --fine: #e4e4e4;
    --on: #ffffff; --hit: #0072b2; --miss: #d55e00; --muted: #8b919b;
    --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #aa4499; --c4: #e09a00; --c5: #56b4e9;
    --c6: #882255; --c7: #555a63;
  }
  main { padding: 0; }
  figure, .card, tr { break-inside: avoid; }
  .card.wide { break-inside: auto; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
main { max-width: 1160px; margin: 0 auto; padding: 48px 24px 64px; }
header { margin-bottom: 28px; }
h1 { font-size: 30px; line-height: 1.2; font-weight: 600; letter-spacing: -0.015em; margin: 4px 0 8px; }
h2 { font-size: 15px; font-weight: 600; margin: 0; }
h3 { font-size: 13px; font-weight: 600; margin: 20px 0 6px; }
.kicker { margin: 0; color: var(--soft); font-size: 13px; }
.facts { margin: 0; color: var(--soft); }
.note { margin: 10px 0 0; color: var(--soft); font-size: 13px; }
.warning { border-left: 3px solid var(--c1); padding-left: 12px; margin: 12px 0 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 16px; margin: 0 0 16px; }
.tiles div, .card, figure { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.tiles div { padding: 14px 18px 12px; }
dt { color: var(--soft); font-size: 13px; }
dd { margin: 0; }
dd.value { font-size: 24px; line-height: 1.3; font-weight: 600; letter-spacing: -0.01em; white-space: nowrap; }
dd.under { color: var(--soft); font-size: 13px; }
.grid { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px; margin-bottom: 16px; }
.card, figure { margin: 0; padding: 18px 20px 16px; position: relative; min-width: 0; }
.card.wide { margin-bottom: 16px; }
.stack { display: flex; flex-direction: column; gap: 16px; min-width: 0; }
.stack > :last-child { flex-grow: 1; }
figcaption, .caption { display: flex; flex-wrap: wrap; gap: 2px 18px; align-items: baseline; justify-content: space-between; margin-bottom: 12px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; color: var(--soft); font-size: 13px; margin: 0; padding: 0; list-style: none; }
.legend svg { width: 22px; height: 10px; margin-right: 6px; vertical-align: middle; overflow: visible; }
svg.chart { display: block; width: 100%; height: auto; overflow: visible; }
svg text { fill: var(--soft); font-size: 12px; }
svg .small { font-size: 11px; }
svg .strong { fill: var(--ink); font-weight: 600; }
svg .on { fill: var(--on); } svg .ink { fill: var(--ink); }
.end { text-anchor: end; } .middle { text-anchor: middle; }
line.grid { stroke: var(--fine); } line.axis { stroke: var(--line); } line.rule { stroke: var(--soft); }
path.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
path.dashed { stroke-width: 1.6; stroke-dasharray: 1.5 4.5; }
path.band { fill-opacity: 0.14; stroke: none !important; }
.mark { stroke: var(--card) !important; stroke-width: 1.5; }
.matrix .ground { fill: var(--fine); } .matrix .hit { fill: var(--hit); } .matrix .miss { fill: var(--miss); }
.matrix .cut { stroke: var(--card); stroke-width: 1; fill: none; }
.c0 { fill: var(--c0); } .c1 { fill: var(--c1); } .c2 { fill: var(--c2); } .c3 { fill: var(--c3); }
.c4 { fill: var(--c4); } .c5 { fill: var(--c5); } .c6 { fill: var(--c6); } .c7 { fill: var(--c7); }
.muted { fill: var(--muted); }
.line.c0 { stroke: var(--c0); } .line.c1 { stroke: var(--c1); } .line.c2 { stroke: var(--c2); } .line.c3 { stroke: var(--c3); }
.line.c4 { stroke: var(--c4); } .line.c5 { stroke: var(--c5); } .line.c6 { stroke: var(--c6); } .line.c7 { stroke: var(--c7); }
.line.muted { stroke: var(--muted); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
th, td { padding: 5px 0 5px 20px; text-align: right; border-top: 1px solid var(--fine); vertical-align: top; }
th:first-child, td:first-child { padding-left: 0; text-align: left; }
thead th { color: var(--soft); font-weight: 400; border-top: 0; }
tbody th { font-weight: 400; }
th, td { white-space: nowrap; }
.options td, tbody th { white-space: normal; }
tr.differs td, tr.differs th { font-weight: 600; }
.swatch { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 8px; }
.swatch svg { display: block; width: 10px; height: 10px; }
.pairs { columns: 3 260px; column-gap: 40px; margin: 0; font-size: 13px; }
.pairs div { display: flex; justify-content: space-between; gap: 16px; padding: 5px 0; border-bottom: 1px solid var(--fine); break-inside: avoid; }
.pairs dd { text-align: right; }
details { margin-top: 14px; }
summary { cursor: pointer; color: var(--soft); font-size: 13px; }
details[open] summary { margin-bottom: 8px; }
:focus-visible { outline: 2px solid var(--c0); outline-offset: 2px; }
.tip {
  position: absolute; pointer-events: none; background: var(--ink); color: var(--page); border-radius: 6px;
  padding: 6px 10px; font-size: 12px; line-height: 1.45; z-index: 1; white-space: nowrap; max-width: 90%;
}
.tip[hidden] { display: none; }
.tip p { margin: 0; display: flex; justify-content: space-between; gap: 16px; overflow: hidden; text-overflow: ellipsis; }
footer { color: var(--soft); font-size: 13px; margin-top: 28px; }
@media print {
  body { font-size: 11px; }
  h1 { font-size: 22px; }
  .tiles { grid-template-columns: repeat(6, minmax(0, 1fr)); gap: 8px; }
  .tiles div { padding: 8px 10px; }
  dt, dd.under, table, .pairs, .note, .legend, summary { font-size: 10px; }
  dd.value { font-size: 15px; }
  th, td { padding: 3px 0 3px 8px; }
  .card, figure { padding: 12px 14px; }
}
@media screen and (max-width: 760px) {
  main { padding: 28px 14px 40px; }
  .grid { grid-template-columns: minmax(0, 1fr); }
  figure .scroll svg.chart { min-width: 460px; }
}
)css";

const char* const kReportScript = R"js(
for (const figure of document.querySelectorAll("figure[data-hover]")) {
  const data = JSON.parse(figure.querySelector("script").textContent);
  const svg = figure.querySelector("svg.chart");
  const rule = svg.querySelector(".rule");
  const tip = figure.querySelector(".tip");
  const nearest = (points, x) =>
    points.reduce((best, point) => Math.abs(point[0] - x) < Math.abs(best[0] - x) ? point : best);
  const line = (name, value) => {
    const row = document.createElement("p");
    for (const text of [name, value]) row.appendChild(document.createElement("span")).textContent = text;
    return row;
  };
  const hide = () => { tip.hidden = true; rule.setAttribute("visibility", "hidden"); };
  svg.addEventListener("pointerleave", hide);
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const at = (event.clientX - box.left) * svg.viewBox.baseVal.width / box.width;
    const x = data.lowest + (at - data.begin) / (data.end - data.begin) * (data.highest - data.lowest);
    const drawn = data.series.filter((series) => series.points.length > 0);
    if (drawn.length === 0) return;
    const hit = nearest(drawn.flatMap((series) => series.points), x)[0];
    const rows = drawn.map((series) => [series.name, nearest(series.points, hit)])
      .filter(([, point]) => point[0] === hit).map(([name, point]) => line(name, point[1]));
    tip.replaceChildren(line(data.label, String(hit)), ...rows);
    tip.hidden = false;
    const place = data.begin + (hit - data.lowest) / (data.highest - data.lowest) * (data.end - data.begin);
    for (const side of ["x1", "x2"]) rule.setAttribute(side, place);
    rule.setAttribute("visibility", "visible");
    const frame = figure.getBoundingClientRect();
    const left = event.clientX - frame.left + 16;
    tip.style.left = Math.max(4, left + tip.offsetWidth > frame.width ? left - tip.offsetWidth - 32 : left) + "px";
    tip.style.top = event.clientY - frame.top + 12 + "px";
  });
}
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
)js";

}  // namespace grapevine::cli
