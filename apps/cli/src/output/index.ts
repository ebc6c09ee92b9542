export * from './terminal';
export * from './json';
export * from './table';
export * from './format';
export * from './progress';
export * from './report-error';
