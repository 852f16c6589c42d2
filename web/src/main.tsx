import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { ApiError, setSignedOutListener } from './api/client'
import { sessionQuery } from './api/queries'
import { startTheme } from './lib/theme'
import { router } from './router'
import './styles/index.scss'

startTheme()

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (count, error) => count < 3 && !(error instanceof ApiError && error.status < 500),
      throwOnError: false,
    },
  },
})
setSignedOutListener(() => client.setQueryData(sessionQuery.queryKey, null))

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <RouterProvider router={router} context={{ client }} />
    </QueryClientProvider>
  </StrictMode>,
)
