// One run, session or trace: a lane for each agent, a bar for each entry, lines from a step to the one
// that caused it.

const MOST_STEPS = 1000;
const ROW_HEIGHT = 28; // as in page.css

const GROUPS = [
  ["session", "Session"],
  ["trace", "Trace"],
];

// Sessions and traces with at least two entries: [{ kind, value, rows }], largest first.
function runsOf(seenRows) {
  const runs = [];
  for (const [kind, label] of GROUPS) {
    const found = new Map();
    for (const seen of seenRows) {
      const value = fieldOf(seen.row.entry, kind);
      if (typeof value !== "string") continue;
      if (!found.has(value)) found.set(value, { kind: label, value, rows: [] });
      found.get(value).rows.push(seen);
    }
    runs.push(
      ...[...found.values()]
        .filter((run) => run.rows.length > 1)
        .sort((a, b) => b.rows.length - a.rows.length),
    );
  }
  return runs;
}

function microsecondsOf(seen) {
  const value = Number(fieldOf(seen.row.entry, "duration_us") ?? 0);
  return Number.isFinite(value) && value > 0 ? value : 0;
}

// The stretches of time in which something happened: [{ from, to }], ascending, in microseconds. A time
// in which nothing did ends a stretch if it is so much longer than all the rest that bars would be dots.
function stretchesOf(steps) {
  const busy = [];
  for (const { from, to } of [...steps].sort((a, b) => a.from - b.from)) {
    const last = busy.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else busy.push({ from, to });
  }
  const gaps = busy
    .slice(1)
    .map((one, i) => one.from - busy[i].to)
    .sort((a, b) => a - b);
  let used = Math.max(
    1,
    busy.reduce((sum, one) => sum + one.to - one.from, 0),
  );
  let longest = Infinity;
  for (const [i, gap] of gaps.entries()) {
    if (i + 1 > gaps.length / 2 && gap > 4 * used) {
      longest = gap;
      break;
    }
    used += gap;
  }
  const stretches = [];
  for (const one of busy) {
    const last = stretches.at(-1);
    if (last && one.from - last.to < longest) last.to = one.to;
    else stretches.push({ ...one });
  }
  return stretches;
}

// Gives stretches their place on a line from 0 to 96 (of 100: the last bar must be seen), with room
// between them; returns where a time is.
const BREAK = 4;
function scaleOf(stretches) {
  const total = stretches.reduce((sum, one) => sum + one.to - one.from, 0);
  const room = 96 - BREAK * (stretches.length - 1);
  // Each has a part of its own, so that several things at one moment do not vanish.
  const least = room > 0 ? (0.2 * room) / stretches.length : 0;
  let left = 0;
  for (const one of stretches) {
    one.left = left;
    const part = total === 0 ? 1 / stretches.length : (one.to - one.from) / total;
    one.width = Math.max(0, least + (room - least * stretches.length) * part);
    left += one.width + BREAK;
  }
  return (microseconds) => {
    const one = stretches.findLast((stretch) => stretch.from <= microseconds) ?? stretches[0];
    const length = one.to - one.from;
    return (
      one.left +
      (length === 0 ? 0 : (one.width * Math.min(length, microseconds - one.from)) / length)
    );
  };
}

// Steps with a place in time and a line: [{ seen, from, to, line }], and the lanes.
function layOut(rows) {
  const byTime = [...rows].sort((a, b) =>
    a.time < b.time ? -1 : a.time > b.time ? 1 : a.row.number - b.row.number,
  );
  const first = byTime[0].time;
  const lanes = new Map();
  for (const seen of byTime.slice(0, MOST_STEPS)) {
    if (!lanes.has(seen.agent)) lanes.set(seen.agent, []);
    const from = Number((seen.time - first) / 1000n);
    lanes.get(seen.agent).push({ seen, from, to: from + microsecondsOf(seen) });
  }
  let line = 0;
  for (const steps of lanes.values()) {
    ++line; // the name of the lane
    for (const step of steps) step.line = line++;
  }
  const steps = [...lanes.values()].flat();
  return {
    lanes,
    steps,
    lines: line,
    first,
    end: steps.reduce((end, step) => Math.max(end, step.to), 0),
  };
}

// From a step to its parent: by span, the earliest entry that has it.
function linksOf(steps) {
  const bySpan = new Map();
  for (const step of steps) {
    const span = fieldOf(step.seen.row.entry, "span");
    if (span !== undefined && !bySpan.has(span)) bySpan.set(span, step);
  }
  return steps.flatMap((step) => {
    const parent = bySpan.get(fieldOf(step.seen.row.entry, "parent"));
    return parent && parent !== step ? [{ parent, step }] : [];
  });
}

function svgLine(x1, y1, x2, y2) {
  const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
  for (const [name, value] of Object.entries({ x1: `${x1}%`, y1, x2: `${x2}%`, y2 }))
    line.setAttribute(name, value);
  return line;
}

function linkLines(links, place, lines) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "links");
  svg.setAttribute("aria-hidden", "true");
  svg.style.height = `${lines * ROW_HEIGHT}px`;
  for (const { parent, step } of links) {
    const middle = (one) => (one.line + 0.5) * ROW_HEIGHT;
    const [from, to] = [place(parent.from), place(step.from)];
    if (place(parent.to) < to) svg.append(svgLine(from, middle(parent), to, middle(parent)));
    svg.append(svgLine(to, middle(parent), to, middle(step)));
  }
  return svg;
}

class Timeline {
  constructor(seenRows) {
    this.runs = runsOf(seenRows);
    this.chart = element("div");
    this.panel = element("div", { className: "panel", id: "step-details" });
    const select = element(
      "select",
      { id: "run" },
      element("option", { value: "" }, "choose a session or trace"),
    );
    this.runs.forEach((run, i) => {
      select.append(
        element(
          "option",
          { value: String(i) },
          `${run.kind} ${plain(run.value, 60)} (${run.rows.length})`,
        ),
      );
    });
    select.addEventListener("change", () =>
      this.show(this.runs[Number(select.value)], select.value !== ""),
    );
    this.element = element(
      "section",
      { "aria-labelledby": "timeline-heading", className: "timeline-section" },
      element("h2", { id: "timeline-heading" }, "Timeline"),
      this.runs.length === 0
        ? element("p", {}, "No two entries of this page share a session or a trace.")
        : element(
            "form",
            { className: "filters" },
            element("label", {}, element("span", {}, "Run"), select),
          ),
      this.chart,
      this.panel,
    );
    this.element
      .querySelector("form")
      ?.addEventListener("submit", (event) => event.preventDefault());
  }

  show(run, wanted) {
    this.chart.replaceChildren();
    this.panel.replaceChildren();
    if (!wanted) return;
    const laid = layOut(run.rows);
    const stretches = stretchesOf(laid.steps);
    const place = scaleOf(stretches);
    const links = linksOf(laid.steps);
    const more = run.rows.length - laid.steps.length;
    const lanes = element("div", { className: "lanes" });
    const tracks = element("div", { className: "tracks" }, linkLines(links, place, laid.lines));
    for (const [agent, steps] of laid.lanes)
      lanes.append(this.makeLane(agent, steps, place, links, laid));
    this.chart.append(
      element(
        "p",
        {},
        `${counted(run.rows.length, "entry", "entries")}, ${counted([...laid.lanes.keys()].filter(Boolean).length, "agent")}, ${durationText(laid.end)} from ${timeText(laid.first)} UTC.`,
        more > 0 ? ` The first ${MOST_STEPS} are drawn; ${more} are not.` : "",
        stretches.length > 1 ? ` Idle times are cut out (${stretches.length - 1}).` : "",
        " Arrow keys move from step to step; Enter shows one.",
      ),
      axisOf(stretches),
      element(
        "div",
        { className: "chart", role: "group", "aria-label": "Steps of the run" },
        tracks,
        lanes,
      ),
    );
    this.chart.querySelector(".step").tabIndex = 0;
  }

  makeLane(agent, steps, place, links, laid) {
    const parents = new Map(links.map(({ parent, step }) => [step, parent]));
    const list = element(
      "ol",
      {},
      steps.map((step) => this.makeStep(step, place, parents.get(step), laid)),
    );
    return element(
      "section",
      { className: "lane" },
      element(
        "h3",
        {},
        foreign(agent || "(no agent)", 80),
        element("small", {}, ` ${counted(steps.length, "step")}`),
      ),
      list,
    );
  }

  makeStep(step, place, parent, laid) {
    const { seen } = step;
    const length = step.to - step.from;
    const took = length > 0 ? `, ${durationText(length)}` : "";
    const bar = element("span", { className: `bar ${seen.row.state}`, "aria-hidden": "true" });
    bar.style.left = `${place(step.from)}%`;
    bar.style.width = `${Math.max(0, place(step.to) - place(step.from))}%`;
    const button = element(
      "button",
      { type: "button", className: "step", tabIndex: -1, "aria-pressed": "false" },
      element(
        "span",
        { className: "label" },
        element("b", {}, String(seen.row.seq ?? "?")),
        " ",
        foreign(seen.type, 40),
        " ",
        element("small", {}, foreign(seen.what, 60)),
      ),
      element("span", { className: "track" }, bar),
      element(
        "span",
        { className: "hidden-text" },
        ` at +${durationText(step.from)}${took}`,
        parent ? `, caused by ${parent.seen.row.seq}` : "",
        `, ${STATE_WORDS[seen.row.state][1]}`,
      ),
    );
    button.title = `+${durationText(step.from)}${took}`;
    button.addEventListener("click", () => this.select(button, seen, parent));
    button.addEventListener("keydown", (event) => moveFocus(event, this.chart, button));
    return element("li", {}, button);
  }

  select(button, seen, parent) {
    for (const other of this.chart.querySelectorAll('.step[aria-pressed="true"]'))
      other.setAttribute("aria-pressed", "false");
    button.setAttribute("aria-pressed", "true");
    const close = () => {
      this.panel.replaceChildren();
      button.setAttribute("aria-pressed", "false");
      button.focus();
    };
    this.panel.onkeydown = (event) => event.key === "Escape" && close();
    this.panel.scrollTop = 0;
    this.panel.replaceChildren(
      element(
        "h3",
        {},
        `Entry ${seen.row.seq}`,
        stateMark(seen.row.state),
        element("button", { type: "button", onclick: close }, "Close"),
      ),
      element(
        "p",
        {},
        timeText(seen.time),
        " UTC, ",
        foreign(seen.what, 300),
        parent ? ` (caused by entry ${parent.seen.row.seq})` : "",
      ),
      ...detailsOf(seen.row),
    );
  }
}

// One tab stop for all steps; arrows move between them.
function moveFocus(event, chart, button) {
  const steps = [...chart.querySelectorAll(".step")];
  const at = steps.indexOf(button);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: steps.length - 1 }[event.key];
  if (to === undefined || !steps[to]) return;
  event.preventDefault();
  button.tabIndex = -1;
  steps[to].tabIndex = 0;
  steps[to].focus();
}

function axisOf(stretches) {
  const axis = element("div", { className: "axis", "aria-hidden": "true" });
  const room = innerWidth < 700 ? 26 : 9; // for the words of one, in hundredths of the line
  let free = 0;
  const add = (at, left, className) => {
    const fits = left >= free;
    if (fits) free = left + room;
    const words = at === 0 ? "0" : `+${durationText(at)}`;
    const tick = element("span", { className }, fits ? words : "\u00a0");
    tick.style.left = `${left}%`;
    axis.append(tick);
  };
  for (const [i, one] of stretches.entries()) {
    add(one.from, one.left, i === 0 ? "" : "after-break");
    const length = one.to - one.from;
    const ticks = Math.floor(one.width / 16);
    if (length === 0 || ticks < 2) continue;
    const power = 10 ** Math.floor(Math.log10(length / ticks));
    const step = Math.max(
      1,
      [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= length / ticks),
    );
    for (let at = step; at <= length; at += step)
      add(one.from + at, one.left + (one.width * at) / length, "");
  }
  return element("div", { className: "axis-row" }, axis);
}
