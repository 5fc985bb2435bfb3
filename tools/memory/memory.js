// SPDX-License-Identifier: MIT
//
// Draws what tools/memory/page.py puts into the element #data: moments (tools/memory/log.py says
// what they have) and steps, pairs of numbers of moments: before and after.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const MOST_PAGES = 96;                               // of a region that are drawn one by one
const LEVELS = [["PML4", 48], ["PDPT", 39], ["PD", 30], ["PT", 21]]; // a table covers 2^n bytes

const chooser = document.getElementById("step");
const everyone = document.getElementById("everyone");

function element(kind, classes, text) {
	const made = document.createElement(kind);
	made.className = classes || "";
	if (text)
		made.textContent = text;
	return made;
}

function hex(number) {
	return "0x" + number.toString(16);
}

function size(bytes) {
	return bytes >= 1 << 20 ? +(bytes / (1 << 20)).toFixed(1) + " MiB" : bytes / 1024 + " KiB";
}

// ---- What is shared with whom -------------------------------------------------------------------

// Frame to the processes that map it; those with one address space (a vfork) count once.
function mappersOf(moment) {
	const mappers = new Map(), roots = new Set();
	for (const process of moment.processes) {
		if (roots.has(process.root))
			continue;
		roots.add(process.root);
		for (const region of process.regions)
			for (const [, frame] of region.pages)
				mappers.set(frame, (mappers.get(frame) || []).concat(process));
	}
	return mappers;
}

// Where nobody may write, a page that would be copied is just shared. One whose other owners have
// gone is private again, though its entry says copy-on-write until the next write finds that out.
function kindOfPage(page, region) {
	if (page[2] === 1)
		return "private";
	return page[3] && region.mode[1] === "w" ? "cow" : "shared";
}

function describePage(page, region, process, mappers) {
	const others = (mappers.get(page[1]) || []).filter(other => other.root !== process.root);
	const words = [`page ${hex(page[0])}`, `frame ${hex(page[1])}`, page[2] + " references"];
	if (others.length)
		words.push("shared with " + others.map(other => other.name + " " + other.pid).join(", "));
	else if (page[2] > 1)
		words.push("held by a file or shared memory, too");
	if (kindOfPage(page, region) === "cow")
		words.push("copy-on-write");
	return words.join(", ");
}

// ---- One process --------------------------------------------------------------------------------

// The thread that has its stack in the region: clone(2) was given the stack's end, which may be the
// region's.
function ownerOfStack(region, process) {
	return process.threads.find(([, stack]) => stack > region.start && stack <= region.end);
}

function nameOfRegion(region, process) {
	const [r, w, x] = region.mode, file = region.name.split("/").pop();
	if (region.name === "[stack]")
		return "stack, grows down";
	if (region.name)
		return region.name[0] === "[" ? region.name.slice(1, -1) :
			`${x === "x" ? "code" : w === "w" ? "data" : "constants"} of ${file}`;
	if (r + w + x === "---")
		return "guard";
	const owner = ownerOfStack(region, process);
	return owner ? `stack of thread ${owner[0]}` : "anonymous";
}

// How many tables of each level the pages need.
function tablesOf(process) {
	const pages = process.regions.flatMap(region => region.pages.map(page => page[0]));
	return LEVELS.map(([name, bits]) =>
		`${new Set(pages.map(page => Math.floor(page / 2 ** bits))).size} ${name}`).join(" · ");
}

function drawRegion(region, process, mappers, before) {
	const name = nameOfRegion(region, process);
	const box = element("div", "region" + (region.mode.startsWith("---") ? " guard" : ""), name + " ");
	box.append(element("code", "", `${region.mode} ${size(region.end - region.start)}`));
	box.title = `${hex(region.start)} to ${hex(region.end)} ${region.name}`;
	const pages = element("div", "pages");
	for (const page of region.pages.slice(0, MOST_PAGES)) {
		const square = element("i", "page " + kindOfPage(page, region));
		if (before && before.get(page[0]) !== page[1])
			square.classList.add("fresh");
		square.title = describePage(page, region, process, mappers);
		pages.append(square);
	}
	box.append(pages);
	if (region.pages.length > MOST_PAGES)
		box.append(`and ${region.pages.length - MOST_PAGES} pages more`);
	return box;
}

// Page to frame of the process's memory, to see what a step changed.
function framesOf(process) {
	return new Map(process.regions.flatMap(region => region.pages.map(page => [page[0], page[1]])));
}

function drawProcess(process, moment, earlier) {
	const box = element("article", "process"), mappers = mappersOf(moment);
	const same = moment.processes.find(other => other.root === process.root && other.pid !== process.pid);
	const old = earlier && earlier.processes.find(other => other.pid === process.pid);
	const pages = process.regions.reduce((sum, region) => sum + region.pages.length, 0);
	box.append(element("h3", "", `${process.name}, process ${process.pid}`));
	box.append(element("p", "", `child of ${process.parent}; threads ${process.threads.map(t => t[0]).join(", ")}`));
	box.append(element("p", "tables", `${pages} pages by ${process.tables} page tables: ${tablesOf(process)}`));
	if (same)
		box.append(element("p", "", `the address space of process ${same.pid}, shared`));
	let above = null;
	for (const region of [...process.regions].reverse()) {
		if (above && region.end < above.start)
			box.append(element("div", "gap", "⋮"));
		box.append(drawRegion(region, process, mappers, old && framesOf(old)));
		above = region;
	}
	return box;
}

// ---- Steps --------------------------------------------------------------------------------------

// The processes that the step is about: who does it, and who is there only afterwards.
function concerned(before, after) {
	const pids = new Set([before.pid]);
	const known = new Set(before.processes.map(process => process.pid));
	for (const process of after ? after.processes : [])
		if (!known.has(process.pid))
			pids.add(process.pid);
	return pids;
}

function drawMoment(moment, earlier, pids) {
	const section = element("section", "moment"), row = element("div");
	section.append(element("h2", "", `${moment.what}, ${(moment.time / 1e6).toFixed(3)} ms`));
	for (const process of moment.processes)
		if (everyone.checked || pids.has(process.pid))
			row.append(drawProcess(process, moment, earlier));
	section.append(row);
	return section;
}

function draw() {
	const [first, second] = data.steps[chooser.selectedIndex];
	const before = data.moments[first], after = second === null ? null : data.moments[second];
	const pids = concerned(before, after), pictures = document.getElementById("pictures");
	pictures.replaceChildren(drawMoment(before, null, pids));
	pictures.append(after ? drawMoment(after, before, pids) :
		element("p", "", "It failed, or the machine ended before it was done."));
}

function go(way) {
	const to = chooser.selectedIndex + way;
	if (to >= 0 && to < data.steps.length) {
		chooser.selectedIndex = to;
		draw();
	}
}

function nameOfStep([first, second]) {
	const before = data.moments[first], after = data.moments[second];
	const actor = moment => moment.processes.find(process => process.pid === before.pid);
	const name = actor(before) ? actor(before).name : "process";
	const became = after && before.what === "before exec" ? " → " + actor(after).name : "";
	return `${before.what.replace("before ", "")} by ${name} ${before.tid}${became}`;
}

data.steps.forEach((step, number) => {
	const option = element("option", "", `${number + 1}. ${nameOfStep(step)}`);
	chooser.append(option);
});
document.getElementById("told").textContent = data.steps.length + " steps" +
	(data.dropped ? `; ${data.dropped} moments found no room` : "") + "; a square is a page of 4 KiB";
chooser.onchange = everyone.onchange = draw;
document.getElementById("previous").onclick = () => go(-1);
document.getElementById("next").onclick = () => go(1);
document.addEventListener("keydown", event => {
	if (event.target === document.body && event.key === "ArrowLeft")
		go(-1);
	if (event.target === document.body && event.key === "ArrowRight")
		go(1);
});
draw();
