import { defineConfig } from '@playwright/test'

/** Against SLIPWAY_E2E_URL where it is set (a real server), else against the mock that serves the built page. */
const real = process.env.SLIPWAY_E2E_URL
const port = process.env.SLIPWAY_E2E_PORT ?? '8097'

export default defineConfig({
  testDir: 'e2e',
  outputDir: '../build/e2e-results',
  workers: 1,
  retries: process.env.CI ? 1 : 0, // docs/adr/0025-unsteady-tests.md
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: 'list',
  use: {
    actionTimeout: 20_000,
    baseURL: real ?? `http://127.0.0.1:${port}`,
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.SLIPWAY_CHROMIUM ?? '/usr/bin/chromium',
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    },
  },
  ...(!real && { webServer: { command: `node mock/server.mjs --port ${port}`, url: `http://127.0.0.1:${port}/actuator/health`, reuseExistingServer: false } }),
})
