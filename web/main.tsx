import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { App as AntApp, ConfigProvider } from 'antd';
import zhCN from 'antd/locale/zh_CN';
import { createRoot } from 'react-dom/client';
import { ApiError } from './api-client.ts';
import { App } from './app.tsx';
import { theme } from './look/theme.ts';
import './look/app.css';
import { startTexts } from './texts/i18n.ts';

const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      // The session ended while the page stood open: ask who is there, and the sign-in page appears.
      const ended = error instanceof ApiError && error.body.status === 401;
      if (ended && query.queryKey[0] !== 'me') void client.invalidateQueries({ queryKey: ['me'] });
    },
  }),
  defaultOptions: {
    queries: {
      retry: (count, error) => count < 2 && error instanceof ApiError && error.body.retryable,
      refetchOnWindowFocus: false,
      staleTime: 10_000,
    },
  },
});

await startTexts();
createRoot(document.getElementById('root')!).render(
  <ConfigProvider theme={theme} locale={zhCN} button={{ autoInsertSpace: false }}>
    <AntApp component={false}>
      <QueryClientProvider client={client}>
        <App />
      </QueryClientProvider>
    </AntApp>
  </ConfigProvider>,
);
