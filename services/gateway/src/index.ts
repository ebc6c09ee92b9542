export { startGateway, type GatewayOptions } from './gateway';
export { ROUTES, type Route } from './routes';
