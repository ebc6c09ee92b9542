import '@mantine/core/styles.css';
import 'uplot/dist/uPlot.min.css';
import './console.css';
import { createTheme, MantineProvider } from '@mantine/core';
import { createRoot } from 'react-dom/client';
import { watchConnection } from './api/watch-connection';
import { App } from './app';

// Components that would write a style element of their own are told not to: the content security policy has no place for one.
const theme = createTheme({ components: { Modal: { defaultProps: { lockScroll: false } } } });

watchConnection();
createRoot(document.getElementById('root')!).render(
  <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
    <App />
  </MantineProvider>,
);
