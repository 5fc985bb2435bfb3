// SPDX-License-Identifier: MIT
//
// Draws what tools/timeline/page.py puts into the element #data. Times are ns since the start of
// the recording; a text is a number in `texts`.
//
//   threads  {tid, pid, name, states: [start, end, state, CPU or text of the reason],
//             calls: [start, end, text, depth]}; state: RUNNING, READY or BLOCKED
//   cpus     {runs: [start, end, thread], irqs: [start, end, text]}
//   arrows   [start, thread or -1, its CPU, end, thread, text of the kind, text of the reason]
//   marks    [time, thread or -1, text]
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const RUNNING = 0, READY = 1, BLOCKED = 2;
const STATES = ["running", "ready", "blocked"];
const LABELS = 140, AXIS = 26, ROW = 24, BOX = 18;   // pixels
const MOST_ARROWS = 600;                             // more in view would hide everything

const plot = document.getElementById("plot");
const canvas = document.getElementById("canvas");
const tip = document.getElementById("tip");
const pen = canvas.getContext("2d");

let from = 0, to = data.length;                      // what is in view

// ---- Rows: the CPUs, then the threads, process by process --------------------------------------

const order = data.threads.map((_, index) => index).sort((a, b) =>
	data.threads[a].pid - data.threads[b].pid || data.threads[a].tid - data.threads[b].tid);
const rows = data.cpus.map((cpu, number) => ({cpu, number, label: "CPU " + number}));
for (const index of order)
	rows.push({thread: data.threads[index], index, label: nameOf(data.threads[index])});
const rowOfThread = new Map(rows.map((row, at) => [row.index, at]));

function nameOf(thread) {
	return thread.name + " " + thread.tid;
}

function addLabels() {
	const holder = document.getElementById("rows");
	rows.forEach((row, at) => {
		const label = document.createElement("div");
		label.className = "row" + (row.cpu ? " cpu" : "");
		label.style.top = AXIS + at * ROW + "px";
		label.textContent = row.label;
		label.title = row.thread ? "process " + (row.thread.pid || "0, the kernel") : "";
		holder.append(label);
	});
}

// ---- Paint --------------------------------------------------------------------------------------

function colour(name) {
	return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
}

// Hatching: what has a colour is told apart without it.
function pattern(state) {
	const tile = document.createElement("canvas");
	tile.width = tile.height = 6;
	const t = tile.getContext("2d");
	t.fillStyle = colour(state === "irq" ? "paper" : state);
	t.fillRect(0, 0, 6, 6);
	t.strokeStyle = state === "blocked" ? colour("blocked-ink") : state === "irq" ? colour("irq") : colour("ink");
	t.lineWidth = 1;
	t.beginPath();
	if (state === "ready") {
		t.moveTo(-1, 7), t.lineTo(7, -1);
	} else if (state === "blocked") {
		t.moveTo(0, 3.5), t.lineTo(2, 3.5);
	} else if (state === "irq") {
		t.moveTo(1.5, 0), t.lineTo(1.5, 6), t.moveTo(4.5, 0), t.lineTo(4.5, 6);
	}
	t.stroke();
	return pen.createPattern(tile, "repeat");
}

let paint = {};
function mixPaint() {
	for (const name of STATES.concat("irq"))
		paint[name] = pattern(name);
	for (const name of ["paper", "ink", "faint", "line", "band", "call", "arrow"])
		paint[name] = colour(name);
}

function width() {
	return plot.clientWidth - LABELS;
}

function x(time) {
	return LABELS + (time - from) / (to - from) * width();
}

// The spans [start, end, …] of a list, in order, that are in view; those that would fall on one
// pixel with the one before are left out.
function* inView(spans) {
	let at = firstAfter(spans, from), last = -1;
	for (; at < spans.length && spans[at][0] < to; at++) {
		const left = Math.max(LABELS, x(spans[at][0]));
		const right = Math.min(LABELS + width(), Math.max(x(spans[at][1]), left + 1));
		if (right - last < 0.5)
			continue;
		last = right;
		yield [spans[at], left, right - left];
	}
}

// Index of the first span that ends after `time`.
function firstAfter(spans, time) {
	let low = 0, high = spans.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (spans[middle][1] <= time)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

function write(text, left, room, y, ink) {
	if (room < 24)
		return;
	pen.fillStyle = ink;
	pen.save();
	pen.beginPath();
	pen.rect(left, y, room - 3, BOX);
	pen.clip();
	pen.fillText(text, left + 3, y + 13);
	pen.restore();
}

function drawCpu(cpu, y) {
	for (const [run, left, room] of inView(cpu.runs)) {
		pen.fillStyle = paint.running;
		pen.fillRect(left, y, room, BOX);
		pen.fillStyle = paint.paper;
		pen.fillRect(left + room - 0.5, y, 0.5, BOX);
		write(nameOf(data.threads[run[2]]), left, room, y, paint.paper);
	}
	for (const [, left, room] of inView(cpu.irqs)) {
		pen.fillStyle = paint.irq;
		pen.fillRect(left, y, room, 5);
	}
}

function drawThread(thread, y) {
	for (const [state, left, room] of inView(thread.states)) {
		pen.fillStyle = paint[STATES[state[2]]];
		const thin = state[2] === BLOCKED ? 5 : 0;
		pen.fillRect(left, y + thin, room, BOX - 2 * thin);
		if (state[2] === RUNNING)
			write("CPU " + state[3], left, room, y, paint.paper);
	}
	for (const [, left, room] of inView(thread.calls)) {
		pen.fillStyle = paint.call;
		pen.fillRect(left, y + BOX - 2, room, 3);
	}
}

function drawMarks() {
	pen.fillStyle = paint.ink;
	for (const [time, thread] of data.marks) {
		if (time < from || time > to || thread < 0)
			continue;
		const left = x(time), y = AXIS + rowOfThread.get(thread) * ROW;
		pen.beginPath();
		pen.moveTo(left - 3, y), pen.lineTo(left + 3, y), pen.lineTo(left, y + 6);
		pen.fill();
	}
}

function drawArrow(arrow) {
	const [start, source, cpu, end, target] = arrow;
	const y1 = AXIS + (source < 0 ? cpu : rowOfThread.get(source)) * ROW + ROW / 2;
	const y2 = AXIS + rowOfThread.get(target) * ROW + (y1 < AXIS + rowOfThread.get(target) * ROW ? 2 : BOX - 2);
	const x1 = x(start), x2 = x(end), way = Math.sign(y2 - y1) || 1;
	pen.beginPath();
	pen.moveTo(x1, y1), pen.lineTo(x2, y2);
	pen.stroke();
	pen.beginPath();
	pen.moveTo(x2, y2), pen.lineTo(x2 - 3, y2 - 6 * way), pen.lineTo(x2 + 3, y2 - 6 * way);
	pen.fill();
}

function drawArrows() {
	if (!document.getElementById("arrows").checked)
		return;
	const seen = data.arrows.filter(arrow => arrow[3] >= from && arrow[0] <= to);
	if (seen.length > MOST_ARROWS)
		return;
	pen.save();
	pen.beginPath();
	pen.rect(LABELS, 0, width(), canvas.clientHeight);
	pen.clip();
	pen.strokeStyle = pen.fillStyle = paint.arrow;
	seen.forEach(drawArrow);
	pen.restore();
}

// 1, 2 or 5 times a power of ten, so that about eight ticks fit.
function tickStep() {
	const rough = (to - from) / 8, power = 10 ** Math.floor(Math.log10(rough));
	return [1, 2, 5, 10].find(factor => factor * power >= rough) * power;
}

function duration(time) {
	for (const [unit, size] of [["s", 1e9], ["ms", 1e6], ["µs", 1e3]])
		if (time >= size)
			return +(time / size).toPrecision(4) + " " + unit;
	return Math.round(time) + " ns";
}

function drawAxis() {
	const step = tickStep();
	for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
		pen.fillStyle = paint.line;
		pen.fillRect(x(time), AXIS - 8, 1, rows.length * ROW + 8);
		pen.fillStyle = paint.faint;
		pen.fillText(duration(time), x(time) + 3, AXIS - 10);
	}
}

function draw() {
	const height = AXIS + rows.length * ROW + 6, scale = window.devicePixelRatio || 1;
	canvas.style.height = plot.style.height = height + "px";
	canvas.width = plot.clientWidth * scale;
	canvas.height = height * scale;
	pen.scale(scale, scale);
	pen.font = "11px system-ui, sans-serif";
	mixPaint();
	rows.forEach((_, at) => {
		pen.fillStyle = at % 2 ? paint.paper : paint.band;
		pen.fillRect(0, AXIS + at * ROW - 3, plot.clientWidth, ROW);
	});
	drawAxis();
	rows.forEach((row, at) => row.cpu ? drawCpu(row.cpu, AXIS + at * ROW) : drawThread(row.thread, AXIS + at * ROW));
	drawMarks();
	drawArrows();
	document.getElementById("span").textContent = duration(to - from) + " from " + duration(from);
	plot.dataset.from = from;
	plot.dataset.to = to;
	fillShares();
}

let asked = false;
function redraw() {
	if (!asked)
		requestAnimationFrame(() => { asked = false; draw(); });
	asked = true;
}

// ---- Shares -------------------------------------------------------------------------------------

function sharesOf(thread) {
	const times = [0, 0, 0], reasons = new Map();
	for (let at = firstAfter(thread.states, from); at < thread.states.length; at++) {
		const [start, end, state, what] = thread.states[at];
		if (start >= to)
			break;
		const time = Math.min(end, to) - Math.max(start, from);
		times[state] += time;
		if (state === BLOCKED)
			reasons.set(what, (reasons.get(what) || 0) + time);
	}
	const longest = [...reasons].sort((a, b) => b[1] - a[1])[0];
	return {times, reason: longest ? data.texts[longest[0]] : ""};
}

function shareBar(times) {
	const bar = document.createElement("canvas");
	bar.width = 160;
	bar.height = 12;
	const b = bar.getContext("2d");
	let left = 0;
	times.forEach((time, state) => {
		b.fillStyle = paint[STATES[state]];
		b.fillRect(left, 0, time / (to - from) * 160, 12);
		left += time / (to - from) * 160;
	});
	return bar;
}

function fillShares() {
	const body = document.querySelector("#shares tbody");
	body.replaceChildren();
	for (const row of rows) {
		if (!row.thread)
			continue;
		const {times, reason} = sharesOf(row.thread);
		const line = body.insertRow();
		line.insertCell().textContent = row.label;
		line.insertCell().textContent = row.thread.pid || "kernel";
		for (const time of times) {
			const cell = line.insertCell();
			cell.className = "number";
			cell.textContent = (100 * time / (to - from)).toFixed(1) + " %";
		}
		line.insertCell().textContent = reason;
		line.insertCell().append(shareBar(times));
	}
}

// ---- Legend -------------------------------------------------------------------------------------

function fillLegend() {
	const words = {running: "running", ready: "ready: could run, waits for a CPU",
		       blocked: "blocked: waits for something", irq: "interrupt (CPU rows, top)"};
	const list = document.getElementById("legend");
	list.replaceChildren();
	for (const [name, text] of Object.entries(words)) {
		const entry = document.createElement("li"), box = document.createElement("canvas");
		box.width = 36;
		box.height = 16;
		const b = box.getContext("2d");
		b.fillStyle = pattern(name);
		b.fillRect(0, 0, 36, 16);
		entry.append(box, text);
		list.append(entry);
	}
	for (const text of ["line below a thread: in a system call or page fault",
			    "triangle: fork, exec, exit, preempted, moved to another CPU",
			    "arrow: from who woke, made or handed a lock to a thread to where it runs next"]) {
		const entry = document.createElement("li");
		entry.textContent = text;
		list.append(entry);
	}
}

// ---- Details under the mouse --------------------------------------------------------------------

function spanAt(spans, time) {
	const span = spans[firstAfter(spans, time)];
	return span && span[0] <= time ? span : null;
}

function describeCpu(row, time) {
	const irq = spanAt(row.cpu.irqs, time), run = spanAt(row.cpu.runs, time), lines = [];
	if (run)
		lines.push(nameOf(data.threads[run[2]]) + " runs for " + duration(run[1] - run[0]));
	else
		lines.push("idle");
	if (irq)
		lines.push("interrupt: " + data.texts[irq[2]] + ", " + duration(irq[1] - irq[0]));
	return lines;
}

function describeThread(row, time, near) {
	const thread = row.thread, state = spanAt(thread.states, time), lines = [];
	if (state) {
		const where = state[2] === RUNNING ? " on CPU " + state[3] :
			state[2] === BLOCKED ? ": " + data.texts[state[3]] : "";
		lines.push(STATES[state[2]] + where + ", " + duration(state[1] - state[0]));
	}
	for (const [start, end, text] of thread.calls)
		if (start <= time && time < end)
			lines.push("in " + data.texts[text] + ", " + duration(end - start));
	for (const [when, mark, text] of data.marks)
		if (mark === row.index && Math.abs(when - time) < near)
			lines.push("▼ " + data.texts[text]);
	for (const [start, source, cpu, end, target, kind, label] of data.arrows)
		if (target === row.index && Math.abs(end - time) < near)
			lines.push(data.texts[kind] + " by " + (source < 0 ? "an interrupt on CPU " + cpu :
				nameOf(data.threads[source])) + " " + duration(end - start) +
				" before (" + data.texts[label] + ")");
	return lines;
}

function showTip(event) {
	const box = plot.getBoundingClientRect();
	const at = Math.floor((event.clientY - box.top - AXIS + 3) / ROW);
	const time = from + (event.clientX - box.left - LABELS) / width() * (to - from);
	const row = rows[at], near = 6 / width() * (to - from);
	tip.hidden = !row || time < from || time > to;
	if (tip.hidden)
		return;
	const lines = row.cpu ? describeCpu(row, time) : describeThread(row, time, near);
	tip.textContent = [row.label + " at " + duration(time)].concat(lines).join("\n");
	tip.style.left = Math.min(event.clientX - box.left + 14, box.width - tip.offsetWidth - 4) + "px";
	tip.style.top = AXIS + (at + 1) * ROW + tip.offsetHeight < box.height || at < 3 ?
		AXIS + (at + 1) * ROW + "px" : AXIS + at * ROW - tip.offsetHeight - 4 + "px";
}

// ---- Zoom and pan -------------------------------------------------------------------------------

function look(start, end) {
	const least = Math.min(100, data.length);
	const room = Math.min(data.length, Math.max(least, end - start));
	from = Math.min(Math.max(0, start), data.length - room);
	to = from + room;
	redraw();
}

function zoom(factor, centre) {
	look(centre - (centre - from) * factor, centre + (to - centre) * factor);
}

function pan(part) {
	const room = to - from;
	look(from + part * room, from + part * room + room);
}

function timeAt(event) {
	const left = event.clientX - plot.getBoundingClientRect().left - LABELS;
	return from + Math.min(1, Math.max(0, left / width())) * (to - from);
}

const middle = () => (from + to) / 2;
const keys = {
	"+": () => zoom(0.5, middle()), "=": () => zoom(0.5, middle()), "w": () => zoom(0.5, middle()),
	"-": () => zoom(2, middle()), "s": () => zoom(2, middle()),
	"ArrowLeft": () => pan(-0.2), "a": () => pan(-0.2),
	"ArrowRight": () => pan(0.2), "d": () => pan(0.2),
	"Home": () => look(0, data.length), "0": () => look(0, data.length),
};

let held = null;                                     // [x, from] where a drag began
plot.addEventListener("keydown", event => {
	if (keys[event.key] && !event.ctrlKey && !event.metaKey) {
		keys[event.key]();
		event.preventDefault();
	}
});
plot.addEventListener("wheel", event => {
	zoom(event.deltaY < 0 ? 0.8 : 1.25, timeAt(event));
	event.preventDefault();
}, {passive: false});
plot.addEventListener("pointerdown", event => {
	held = [event.clientX, from];
	plot.setPointerCapture(event.pointerId);
});
plot.addEventListener("pointerup", () => { held = null; });
plot.addEventListener("pointerleave", () => { tip.hidden = true; });
plot.addEventListener("pointermove", event => {
	if (held) {
		const start = held[1] - (event.clientX - held[0]) / width() * (to - from);
		look(start, start + (to - from));
	}
	showTip(event);
});
document.getElementById("in").onclick = keys["+"];
document.getElementById("out").onclick = keys["-"];
document.getElementById("all").onclick = keys.Home;
document.getElementById("arrows").onchange = redraw;
window.addEventListener("resize", redraw);
window.addEventListener("beforeprint", draw);
window.addEventListener("afterprint", draw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
	fillLegend();
	redraw();
});
matchMedia("print").addEventListener("change", draw);

// ---- Start --------------------------------------------------------------------------------------

const told = document.getElementById("told");
told.textContent = duration(data.length) + ", " + data.cpus.length + " CPUs, " + data.threads.length +
	" threads" + (data.lost ? "; " + data.lost + " events were lost: what is first is missing " +
	"(APPEND=trace_events=131072 keeps more)" : "");
told.classList.toggle("lost", data.lost > 0);
addLabels();
look(data.first, data.length);
draw();
fillLegend();
