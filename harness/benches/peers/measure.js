// See README.md. Each peer's test is: a page of its own, load it, wait until its hit was answered, give it back.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { chromium } from "playwright-core";
import { Browser, Builder } from "selenium-webdriver";
import firefox from "selenium-webdriver/firefox.js";

import { serve } from "./site.js";

const { values: given } = parseArgs({
  options: {
    build: { type: "string" },
    geckodriver: { type: "string" },
    chromium: { type: "string", default: "/usr/bin/chromium" },
    firefox: { type: "string", default: "/usr/bin/firefox-esr" },
    rounds: { type: "string", default: "3" },
    json: { type: "string" },
  },
});
if (!given.build || !given.geckodriver) throw new Error("--build and --geckodriver are needed; see README.md");

const TESTS = 20;
const TESTS_WITH_SESSIONS = 3;
const SKIPPED = 3;

const site = await serve(given.build);

function median(values) {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Median milliseconds of a test. */
async function timed(count, skipped, test) {
  const times = [];
  for (let n = 0; n < count + skipped; n += 1) {
    const began = performance.now();
    await test();
    times.push(performance.now() - began);
  }
  return median(times.slice(skipped));
}

async function playwright() {
  const browser = await chromium.launch({ executablePath: given.chromium, args: process.getuid() === 0 ? ["--no-sandbox"] : [] });
  try {
    return await timed(TESTS, SKIPPED, async () => {
      const context = await browser.newContext();
      const page = await context.newPage();
      const hit = site.hit();
      await page.goto(site.url);
      await hit;
      await context.close();
    });
  } finally {
    await browser.close();
  }
}

function session() {
  const options = new firefox.Options().addArguments("-headless").setBinary(given.firefox);
  return new Builder()
    .forBrowser(Browser.FIREFOX)
    .setFirefoxOptions(options)
    .setFirefoxService(new firefox.ServiceBuilder(given.geckodriver))
    .build();
}

async function load(driver) {
  const hit = site.hit();
  await driver.get(site.url);
  await hit;
}

function seleniumSessions() {
  return timed(TESTS_WITH_SESSIONS, 0, async () => {
    const driver = await session();
    try {
      await load(driver);
    } finally {
      await driver.quit();
    }
  });
}

async function seleniumReused() {
  const driver = await session();
  try {
    return await timed(TESTS, SKIPPED, async () => {
      await load(driver);
      await driver.manage().deleteAllCookies();
    });
  } finally {
    await driver.quit();
  }
}

/** What `cargo bench -- case` says of a case in this browser. */
function posttrack(browser) {
  const folder = mkdtempSync(join(tmpdir(), "posttrack-peers-"));
  try {
    const file = join(folder, "bench.json");
    const args = ["bench", "--bench", "cost", "--", "case", "--rounds", "1", "--browser", browser, "--json", file];
    const cwd = dirname(fileURLToPath(import.meta.url));
    const ended = spawnSync("cargo", args, { cwd, stdio: ["ignore", "ignore", "inherit"] });
    if (ended.status !== 0) throw new Error("`cargo bench -- case` failed; its message is above");
    const page = JSON.parse(readFileSync(file, "utf8"));
    return page.tables[0].rows[0].figures.find((figure) => figure.what === "case").value;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const sides = [
  ["posttrack in chromium", () => posttrack("chrome")],
  ["playwright, a context per test", playwright, "posttrack in chromium", 4],
  ["posttrack in firefox", () => posttrack("firefox")],
  ["selenium, a session per test", seleniumSessions, "posttrack in firefox", 30],
  ["selenium, one session", seleniumReused, "posttrack in firefox", null],
];

const rounds = Object.fromEntries(sides.map(([name]) => [name, []]));
for (let round = 0; round < Number(given.rounds); round += 1) {
  for (const [name, measure] of sides) rounds[name].push(await measure());
}
site.close();

const rows = sides.map(([name, , against, goal]) => {
  const ratio = against ? median(rounds[name].map((value, n) => value / rounds[against][n])) : null;
  return { of: name, ratio, goal, ms: median(rounds[name]), rounds: rounds[name] };
});
for (const { of, ratio, goal, ms } of rows) {
  const times = ratio ? `${ratio.toFixed(2)}×` : "";
  console.log(`${times.padStart(8)}  ${(goal ? `goal ${goal}×` : "").padEnd(9)}  ${of.padEnd(32)} ${ms.toFixed(1)} ms`);
}
if (given.json) writeFileSync(given.json, `${JSON.stringify(rows, null, 2)}\n`);
