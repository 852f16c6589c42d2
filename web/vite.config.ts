import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

/** The server that answers REST calls while the page is developed; `npm run mock` by default. */
const backend = process.env.SLIPWAY_URL ?? 'http://127.0.0.1:8099'
const paths = ['/gocli', '/model-manage', '/sagemaker-service', '/mlc-service', '/actuator']
const proxy = Object.fromEntries(paths.map((path) => [path, { target: backend, changeOrigin: false }]))

/** Smaller files gain nothing. */
const worthIt = 1_024

/** `name.br` and `name.gz` beside each text: the server carries them and sends what a browser takes, without work of its own. */
function compressed() {
  return {
    name: 'compressed',
    apply: 'build' as const,
    writeBundle({ dir }: { dir?: string | undefined }) {
      if (!dir) return
      for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
        if (!/\.(js|css|html|svg)$/.test(name)) continue
        const bytes = readFileSync(join(dir, name))
        if (bytes.length < worthIt) continue
        writeFileSync(join(dir, `${name}.br`), brotliCompressSync(bytes))
        writeFileSync(join(dir, `${name}.gz`), gzipSync(bytes, { level: 9 }))
      }
    },
  }
}

export default defineConfig({
  plugins: [react(), compressed()],
  // Relative, so that the page also loads below a gateway's path.
  base: './',
  css: { preprocessorOptions: { scss: { quietDeps: true } } },
  build: { outDir: '../build/web', sourcemap: false, assetsInlineLimit: 0, chunkSizeWarningLimit: 900, emptyOutDir: true },
  server: { proxy },
  preview: { proxy },
  test: { include: ['src/**/*.test.ts', 'src/**/*.test.tsx'], environment: 'node' },
})
