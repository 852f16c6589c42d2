import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

/** The server that answers REST calls while the page is developed; `npm run mock` by default. */
const backend = process.env.SLIPWAY_URL ?? 'http://127.0.0.1:8099'
const paths = ['/gocli', '/model-manage', '/sagemaker-service', '/actuator']
const proxy = Object.fromEntries(paths.map((path) => [path, { target: backend, changeOrigin: false }]))

export default defineConfig({
  plugins: [react()],
  // Relative, so that the page also loads below a gateway's path.
  base: './',
  css: { preprocessorOptions: { scss: { quietDeps: true } } },
  build: { outDir: '../build/web', sourcemap: false, assetsInlineLimit: 0, chunkSizeWarningLimit: 900, emptyOutDir: true },
  server: { proxy },
  preview: { proxy },
  test: { include: ['src/**/*.test.ts', 'src/**/*.test.tsx'], environment: 'node' },
})
