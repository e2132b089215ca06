// The page of a judge of clients (src/WsProto.Conformance) in a headless Chromium, which it judges.
//
//     node conformance_browser.mjs <address of the page> [<file for a screenshot>]
//     node conformance_browser.mjs probe               (exits with 0 if there is a Chromium)
//
// It prints one JSON object a line:
//
//     {"event": "browser", "message": its version}
//     {"event": "end", "message": the sum that the page shows, "sent": the name that it gives the browser,
//      "texts": its rows, "<case> <verdict>", "errors": of the page}
//     {"event": "error", "message"}                  (and the exit code is 1)
import { accessSync, constants } from 'node:fs';
import { chromium } from 'playwright-core';

const [address, screenshot] = process.argv.slice(2);
const executablePath = process.env.WSPROTO_CHROMIUM ?? '/usr/bin/chromium';
accessSync(executablePath, constants.X_OK);
if (address === 'probe')
  process.exit(0);

const patience = 600_000; // milliseconds
const print = report => console.log(JSON.stringify(report));

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  print({ event: 'browser', message: browser.version() });
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', error => errors.push(String(error)));
  await page.goto(address);
  await page.waitForFunction(() => document.title.startsWith('Done: '), null, { timeout: patience });
  const texts = await page.$$eval('#rows tr', rows => rows.map(row => `${row.cells[0].textContent} ${row.cells[1].textContent}`));
  if (screenshot)
    await page.screenshot({ path: screenshot });
  print({ event: 'end', message: await page.textContent('#state'), sent: await page.textContent('#agent'), texts, errors });
} catch (error) {
  print({ event: 'error', message: String(error) });
  process.exitCode = 1;
} finally {
  await browser.close();
}
