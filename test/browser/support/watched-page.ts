import { type Browser, chromium, type Page } from 'playwright-core';
import { findOrInstallChromium } from './find-chromium.js';

const FLAGS = [
  '--headless',
  '--no-sandbox', // Chromium refuses its sandbox to root, which a container usually is
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface WatchedPage {
  page: Page;
  /** The addresses of all requests the page made. */
  requests: string[];
  /** Errors on the console, thrown ones, and breaches of the content security policy. */
  faults: string[];
}

export async function launchChromium(): Promise<Browser> {
  return await chromium.launch({ executablePath: findOrInstallChromium(), args: FLAGS });
}

/** A page that keeps account of what it asks for and of what goes wrong in it. */
export async function openWatchedPage(browser: Browser): Promise<WatchedPage> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1600 } });
  const requests: string[] = [];
  const faults: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  await page.exposeFunction('reportBreach', (breach: string) => faults.push(breach));
  await page.addInitScript(`
    document.addEventListener('securitypolicyviolation', (event) =>
      window.reportBreach(event.violatedDirective + ' forbids ' + event.blockedURI));
  `);
  return { page, requests, faults };
}
