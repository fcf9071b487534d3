/**
 * The page's style. Colours come in two sets, for light and dark screens; paper is always light. Blue and orange can be told
 * apart with every kind of colour vision, and colour is never the only sign: lines differ in dashes and dots, verdicts in
 * words and symbols.
 */
export const STYLE = `
:root {
  --paper: #fff; --ink: #1c2128; --muted: #57606a; --rule: #d5dae0; --soft: #f5f7f9;
  --stable: #0a5ca8; --canary: #b24a00; --pass: #17693a; --fail: #b3231c; --inconclusive: #6e5300;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #15181c; --ink: #e4e7ea; --muted: #a2abb4; --rule: #363d45; --soft: #1e2328;
    --stable: #74b8f0; --canary: #ff9f5f; --pass: #6fcf97; --fail: #ff8d85; --inconclusive: #e3c567;
  }
}
* { box-sizing: border-box; }
html { background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; -webkit-text-size-adjust: 100%; }
body { max-width: 58rem; margin: 0 auto; padding: 2rem 1.5rem; overflow-wrap: anywhere; }
p, ul, ol, dl, figure, h1, h2, h3 { margin: 0; }
h1 { font-size: 1.7rem; line-height: 1.25; font-weight: 650; text-wrap: balance; }
h2 { font-size: 1.25rem; font-weight: 650; margin: 3rem 0 1rem; padding-bottom: .3rem; border-bottom: 1px solid var(--rule); }
h3 { font-size: 1rem; font-weight: 650; }
a { color: inherit; text-underline-offset: .2em; }
code { font: .92em ui-monospace, monospace; }
.symbols { position: absolute; }
.icon { width: .95em; height: .95em; vertical-align: -.12em; margin-right: .35em; color: inherit; flex: none; }
.stroke { fill: none; stroke: currentColor; stroke-width: 2.2; stroke-linecap: round; stroke-linejoin: round; }
.solid { fill: currentColor; }
.note, .kind, .when, .detail, .certainty, caption, dt, footer, summary { color: var(--muted); }

.outcome { border-left: 5px solid var(--muted); padding: .2rem 0 .3rem 1.1rem; }
.outcome.pass { border-color: var(--pass); } .outcome.fail { border-color: var(--fail); } .outcome.inconclusive { border-color: var(--inconclusive); }
.outcome .icon { width: .85em; height: .85em; }
.outcome.pass .icon { color: var(--pass); } .outcome.fail .icon { color: var(--fail); } .outcome.inconclusive .icon { color: var(--inconclusive); }
.kind { font-size: .85rem; margin-bottom: .2rem; }
.why { font-size: 1.1rem; margin-top: .5rem; max-width: 46rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .8rem 1.5rem; margin: 1.8rem 0; }
dt { font-size: .8rem; } dd { margin: 0; }
.facts .long { grid-column: 1 / -1; }

table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .9rem; }
caption { text-align: left; font-size: .85rem; padding-bottom: .3rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--rule); font-weight: 400; overflow-wrap: normal; }
thead th { font-size: .8rem; color: var(--muted); vertical-align: bottom; }
tbody th, .names td { min-width: 5.5rem; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
.certainty { font-size: .85em; display: block; white-space: nowrap; }

.badge { display: inline-flex; align-items: center; border: 1px solid; border-radius: 3px; padding: 0 .45em; font-size: .82rem; font-weight: 600; line-height: 1.5; white-space: nowrap; font-variant-ligatures: none; }
.badge.fail { border-width: 2px; } .badge.inconclusive { border-style: dashed; }
.badge.pass { color: var(--pass); } .badge.fail { color: var(--fail); } .badge.inconclusive { color: var(--inconclusive); }

.stage { margin-top: 2.2rem; }
.stage > * + * { margin-top: .6rem; }
.stage h3 { font-size: 1.1rem; }
.asked { font-weight: 400; color: var(--muted); margin: 0 .5em; }
.checks { list-style: none; padding: 0; }
.checks li { display: grid; grid-template-columns: 8.2rem 1fr; padding: .3rem 0; align-items: start; }
.checks .badge { justify-self: start; }
.decided { background: var(--soft); border-left: 3px solid var(--muted); padding: .4rem .8rem; }
.lines, .samples { padding-left: 1.6rem; font-size: .85rem; }
.log { list-style: none; padding: 0; margin-top: 1rem; }
.log li { display: grid; grid-template-columns: 5.5rem 1fr; padding: .6rem 0; border-bottom: 1px solid var(--rule); }
.log .when { font-variant-numeric: tabular-nums; }
.detail { font-size: .9rem; }

.chart { margin: 1.8rem 0; }
.chart h3 { margin-bottom: .2rem; }
.legend { display: flex; flex-wrap: wrap; gap: .1rem 1.2rem; list-style: none; padding: 0; font-size: .85rem; color: var(--muted); }
.legend li { display: flex; align-items: center; }
.legend .icon { color: var(--ink); }
.sample { flex: none; margin-right: .4em; }
.plot { padding: .6rem 1.6rem 0 .2rem; }
.plot.scaled { padding-left: 4rem; }
.plot > svg { display: block; overflow: visible; }
.plot text { font-size: .8rem; fill: var(--muted); font-variant-numeric: tabular-nums; }
.plot text.name { fill: var(--ink); }
.plot text.name, .plot text.lane, .plot text[text-anchor=end] { paint-order: stroke; stroke: var(--paper); stroke-width: 5px; }
.plot text.inside { stroke: none; }
.plot > svg .wide { display: none; }
svg line, svg path, svg rect { vector-effect: non-scaling-stroke; }
.grid { stroke: var(--rule); } .axis { stroke: var(--muted); } .begin { stroke: var(--muted); stroke-dasharray: 1 3; }
.series { fill: none; stroke-width: 2; stroke-linejoin: round; }
.series.stable { stroke: var(--stable); stroke-dasharray: 7 4; }
.series.canary { stroke: var(--canary); }
.series.unknown { stroke: var(--muted); stroke-dasharray: 2 3; }
.series.dots { stroke-width: 6; stroke-linecap: round; stroke-dasharray: none; }
.dot { fill: var(--canary); }
.expected { stroke: var(--ink); stroke-width: 1.6; stroke-dasharray: 3 3; }
.interval { fill: var(--canary); fill-opacity: .16; stroke: var(--canary); stroke-opacity: .5; }
.advance { fill: var(--stable); stroke: var(--stable); }
.rollback { fill: url(#hatch); stroke: var(--canary); }
.hatch-ground { fill: var(--paper); } .hatch-line { stroke: var(--canary); stroke-width: 5; }
.held { fill: var(--soft); stroke: var(--muted); }
.held.fail { stroke: var(--fail); stroke-width: 3; }
.pods { fill: var(--stable); }
.allowed { fill: var(--soft); stroke: var(--muted); stroke-dasharray: 4 2; }
.mark { overflow: visible; color: var(--ink); }
summary { font-size: .85rem; cursor: pointer; width: fit-content; }
details[open] > summary { margin-bottom: .4rem; }
footer { margin-top: 3rem; font-size: .85rem; }

@media print, (min-width: 720px) {
  .plot > svg .wide { display: inline; }
  .plot > svg .narrow { display: none; }
}
@media (max-width: 480px) {
  body { padding: 1.2rem 1rem; }
  h1 { font-size: 1.4rem; }
  .facts { grid-template-columns: 1fr 1fr; }
  .checks li, .log li { grid-template-columns: 1fr; gap: .2rem; }
  .plot.scaled { padding-left: 3.6rem; }
}
@media screen and (max-width: 480px) {
  .stacked, .stacked caption, .stacked tbody, .stacked tr, .stacked tbody th, .stacked td { display: block; }
  .stacked thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stacked tr { border-bottom: 1px solid var(--rule); padding: .4rem 0; }
  .stacked tbody th, .stacked td { border: 0; padding: .1rem 0; overflow-wrap: anywhere; }
  .stacked tbody th { font-weight: 600; }
  .stacked td { position: relative; padding-left: 8.5rem; min-height: 1.55em; }
  .stacked td::before { content: attr(data-label); position: absolute; left: 0; width: 8rem; color: var(--muted); font-size: .85em; }
}
@media print {
  html { font-size: 11px; }
  body { max-width: none; padding: 0; }
  .chart details:not([open]) { display: none; }
  h2, h3 { break-after: avoid; }
  figure, tr, .stage .scroll, .log li, .checks li, .outcome { break-inside: avoid; }
  svg, .badge, .decided { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .scroll { overflow: visible; }
  th, td { overflow-wrap: anywhere; }
  tbody th, tbody td { min-width: 0; }
}
`;
