// Two pages of examples/SocketIOChat in a headless Chromium: Ann's moves to a WebSocket, Bob's keeps polling.
//
//     node socketio_chat_browser.mjs <address of the page> [<folder for screenshots>]
//     node socketio_chat_browser.mjs probe             (exits with 0 if there is a Chromium, and the page's client)
//
// It prints one JSON object a line:
//
//     {"event": "open", "carrier": the transport that the page shows, "status": of its WebSocket's handshake, or 0}   (for each page)
//     {"event": "joined", "message": what Ann's page shows when Bob comes}
//     {"event": "met", "texts": the names on both pages, sorted}   (again at the end)
//     {"event": "text", "message": what Bob's page shows of Ann's text}
//     {"event": "typing", "texts": what Ann's page shows while Bob types, what Bob's shows while Ann does}
//     {"event": "restart"}                           (the test stops the server now)
//     {"event": "away"}                              (and starts it again)
//     {"event": "back", "carrier", "status"}         (for each page)
//     {"event": "end", "texts": all messages on the page, "errors": its errors, and what never arrived}   (for each page)
//     {"event": "left", "message": what Bob's page shows when Ann goes}
//     {"event": "error", "message"}                  (and the exit code is 1)
//
// What is said is fixed: see play.
import { accessSync, constants } from 'node:fs';
import { chromium } from 'playwright-core';

const [address, folder] = process.argv.slice(2);
const executablePath = process.env.WSPROTO_CHROMIUM ?? '/usr/bin/chromium';
accessSync(executablePath, constants.X_OK);
if (address === 'probe') {
  accessSync(new URL('../../../examples/SocketIOChat/node_modules/socket.io-client/dist/socket.io.min.js', import.meta.url));
  process.exit(0);
}

const patience = 15_000; // milliseconds
const print = report => console.log(JSON.stringify(report));

/** What a browser says of a server that is not there. */
const isLoss = text => /^Failed to load resource: net::ERR_|^WebSocket connection to .* failed/.test(text);

/** A page with a name, and what is known of its connections. */
async function enter(browser, name, transport, query, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  const member = { name, page, transport, errors: [], statuses: [], isAway: false };
  page.on('pageerror', error => member.errors.push(String(error)));
  page.on('console', message => {
    if (message.type() === 'error' && !(member.isAway && isLoss(message.text())))
      member.errors.push(message.text());
  });
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  session.on('Network.webSocketHandshakeResponseReceived', ({ response }) => member.statuses.push(response.status));
  await page.goto(address + query);
  await shoot(member, `door-${name}`);
  await page.fill('#name', name);
  await page.click('#enter button');
  await opened(member);
  await connection('open', member);
  return member;
}

const opened = ({ page, transport }) => page.waitForFunction(
  wanted => document.body.dataset.state === 'open' && document.getElementById('transport').textContent === wanted, transport);
const connection = async (event, { page, statuses }) =>
  print({ event, carrier: await page.textContent('#transport'), status: statuses.at(-1) ?? 0 });
const numbering = ({ page }, count) => page.waitForFunction(wanted => document.querySelectorAll('#people li').length === wanted, count);
const people = ({ page }) => page.locator('#people li').allTextContents();
const texts = ({ page }) =>
  page.$$eval('.message', items => items.map(item => `${item.dataset.from}: ${item.querySelector('p').textContent}`));
const pending = ({ page }) => page.locator('.pending').allTextContents();
const shoot = async ({ page }, name) => folder && await page.screenshot({ path: `${folder}/${name}.png` });

async function say({ page }, text) {
  await page.fill('#text', text);
  await page.press('#text', 'Enter');
}

const hear = ({ page }, text) => page.locator('.message:not(.pending) p', { hasText: text }).waitFor();
const note = ({ page }) => page.locator('.note').last().textContent();
/** Read as soon as it is there: it fades. */
const typing = async ({ page }) => await (await page.waitForFunction(() => document.getElementById('typing').textContent)).jsonValue();

async function play(browser) {
  const ann = await enter(browser, 'Ann', 'websocket', '', { viewport: { width: 1200, height: 760 }, colorScheme: 'light' });
  const bob = await enter(browser, 'Bob', 'polling', '?transports=polling', { viewport: { width: 390, height: 780 }, colorScheme: 'dark' });
  await numbering(ann, 2);
  await numbering(bob, 2);
  print({ event: 'joined', message: await note(ann) });
  print({ event: 'met', texts: [...await people(ann), ...await people(bob)].sort() });

  await ann.page.locator('#text').pressSequentially('Gr');
  const annTypes = await typing(bob);
  await say(ann, 'Grüße, 世界! <b>Is anybody there?</b>');
  await hear(bob, 'Is anybody there?');
  print({ event: 'text', message: await bob.page.textContent('.message p') });

  await bob.page.locator('#text').pressSequentially('I am');
  print({ event: 'typing', texts: [await typing(ann), annTypes] });
  await shoot(ann, 'typing');
  await say(bob, 'I am.');
  await hear(ann, 'I am.');
  await shoot(ann, 'wide-light');
  await shoot(bob, 'narrow-dark');

  for (const member of [ann, bob])
    member.isAway = true;
  print({ event: 'restart' });
  for (const { page } of [ann, bob])
    await page.waitForFunction(() => document.body.dataset.state === 'waiting');
  await say(ann, 'Are you back?');
  await ann.page.waitForSelector('.message.pending');
  await shoot(ann, 'away');
  print({ event: 'away' });
  for (const member of [ann, bob]) {
    await opened(member);
    member.isAway = false;
    await connection('back', member);
  }
  await hear(bob, 'Are you back?');
  await hear(ann, 'Are you back?');
  await say(bob, 'I am back.');
  await hear(ann, 'I am back.');
  await hear(bob, 'I am back.');
  print({ event: 'met', texts: [...await people(ann), ...await people(bob)].sort() });
  await ann.page.emulateMedia({ colorScheme: 'dark' });
  await bob.page.emulateMedia({ colorScheme: 'light' });
  await shoot(ann, 'wide-dark');
  await shoot(bob, 'narrow-light');
  for (const member of [ann, bob])
    print({ event: 'end', texts: await texts(member), errors: [...member.errors, ...await pending(member)] });

  await ann.page.close();
  await numbering(bob, 1);
  print({ event: 'left', message: await note(bob) });
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
