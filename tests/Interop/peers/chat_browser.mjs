// Two pages of examples/AspNetChat in a headless Chromium, for the tests of the page.
//
//     node chat_browser.mjs <address of the page> [<folder for screenshots>]
//     node chat_browser.mjs probe                      (exits with 0 if there is a Chromium)
//
// It prints one JSON object a line:
//
//     {"event": "open", "carrier": what the server says, "status": of the handshake: 101 of HTTP/1.1, 200 of HTTP/2}   (once for each page)
//     {"event": "met", "texts": the names on Ann's page, then those on Bob's}
//     {"event": "text", "message": what Bob's page shows of Ann's text}
//     {"event": "typing", "message": what Ann's page shows while Bob types}
//     {"event": "picture", "sent": SHA-256 of Ann's, "sha256": of what Bob's page shows, "bytes": its size}
//     {"event": "trip", "message": the round-trip time on Ann's page}
//     {"event": "restart"}                           (the test stops the server now)
//     {"event": "away"}                              (and starts it again)
//     {"event": "back", "carrier", "status"}         (once for each page)
//     {"event": "end", "texts": all messages on the page, "errors": its errors and what never arrived}   (once for each page)
//     {"event": "error", "message"}                  (and the exit code is 1)
//
// What is said is fixed: see play.
import { createHash } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { chromium } from 'playwright-core';

const [address, folder] = process.argv.slice(2);
const executablePath = process.env.WSPROTO_CHROMIUM ?? '/usr/bin/chromium';
accessSync(executablePath, constants.X_OK);
if (address === 'probe')
  process.exit(0);

const patience = 15_000; // milliseconds
const print = report => console.log(JSON.stringify(report));
const hash = bytes => createHash('sha256').update(bytes).digest('hex');

/** A page with a name in the room, and what is known of its connections. */
async function enter(browser, name, options) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
  const page = await context.newPage();
  await page.addInitScript(() => {
    const make = URL.createObjectURL;
    URL.createObjectURL = blob => make(window.lastBlob = blob);
  });
  page.setDefaultTimeout(patience);
  const errors = [];
  const statuses = [];
  page.on('pageerror', error => errors.push(String(error)));
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  session.on('Network.webSocketHandshakeResponseReceived', ({ response }) => statuses.push(response.status));
  await page.goto(address);
  if (folder)
    await page.screenshot({ path: `${folder}/door-${name}.png` });
  await page.fill('[name=name]', name);
  await page.fill('[name=room]', 'tea & Söhne');
  await page.click('#enter button');
  await opened(page);
  return { name, page, errors, statuses };
}

const opened = page => page.waitForFunction(() => document.body.dataset.state === 'open' && document.getElementById('state').dataset.carrier);
const connection = async (event, { page, statuses }) => print({ event, carrier: await page.$eval('#state', state => state.dataset.carrier), status: statuses.at(-1) });
const texts = page => page.$$eval('.message', items => items.map(item => `${item.dataset.from}: ${item.querySelector('.text')?.textContent ?? 'a picture'}`));
const people = page => page.$$eval('#people li span:last-child', names => names.map(name => name.textContent));

async function say({ page }, text) {
  await page.fill('#text', text);
  await page.press('#text', 'Enter');
}

const hear = ({ page }, text) => page.locator('.message:not(.pending) .text', { hasText: text }).waitFor();

const shoot = async (member, name) => folder && await member.page.screenshot({ path: `${folder}/${name}.png` });

async function play(browser) {
  const ann = await enter(browser, 'Ann', { viewport: { width: 1200, height: 760 }, colorScheme: 'light' });
  const bob = await enter(browser, 'Bob', { viewport: { width: 390, height: 780 }, colorScheme: 'dark' });
  await connection('open', ann);
  await connection('open', bob);
  await ann.page.waitForFunction(() => document.querySelectorAll('#people li').length === 2);
  print({ event: 'met', texts: [...await people(ann.page), ...await people(bob.page)] });

  await say(ann, 'Grüße, 世界! <b>Is anybody there?</b>');
  await hear(bob, 'Is anybody there?');
  print({ event: 'text', message: await bob.page.textContent('.message .text') });

  await bob.page.locator('#text').pressSequentially('I am');
  await ann.page.waitForFunction(() => document.getElementById('typing').textContent);
  print({ event: 'typing', message: await ann.page.textContent('#typing') });
  await shoot(ann, 'typing');
  await say(bob, 'I am.');
  await hear(ann, 'I am.');

  const picture = await bob.page.screenshot();
  await ann.page.setInputFiles('#picture', { name: 'screen.png', mimeType: 'image/png', buffer: picture });
  await bob.page.waitForFunction(() => document.querySelector('.message img')?.naturalWidth);
  const heard = await bob.page.evaluate(async () => [...new Uint8Array(await window.lastBlob.arrayBuffer())]);
  print({ event: 'picture', sent: hash(picture), sha256: hash(Uint8Array.from(heard)), bytes: heard.length });

  await ann.page.waitForFunction(() => /^\d/.test(document.getElementById('time').textContent));
  print({ event: 'trip', message: await ann.page.textContent('#time') });
  await shoot(ann, 'wide-light');
  await shoot(bob, 'narrow-dark');

  print({ event: 'restart' });
  for (const { page } of [ann, bob])
    await page.waitForFunction(() => document.body.dataset.state !== 'open');
  await say(ann, 'Are you back?');
  await ann.page.waitForSelector('.message.pending');
  await shoot(ann, 'away');
  print({ event: 'away' });
  for (const member of [ann, bob]) {
    await opened(member.page);
    await member.page.waitForFunction(() => document.querySelectorAll('#people li').length === 2);
    await connection('back', member);
  }
  await hear(bob, 'Are you back?');
  await say(bob, 'I am back.');
  await hear(ann, 'I am back.');
  await ann.page.emulateMedia({ colorScheme: 'dark' });
  await bob.page.emulateMedia({ colorScheme: 'light' });
  await shoot(ann, 'wide-dark');
  await shoot(bob, 'narrow-light');
  for (const member of [ann, bob])
    print({ event: 'end', texts: await texts(member.page), errors: [...member.errors, ...await member.page.locator('.pending').allTextContents()] });
}

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  await play(browser);
} catch (error) {
  print({ event: 'error', message: String(error) });
  process.exitCode = 1;
} finally {
  await browser.close();
}
