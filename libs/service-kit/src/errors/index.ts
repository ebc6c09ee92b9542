export { DETAILS_KEY, ERROR_DOMAIN } from './details';
export { statusOf, toStatus, type CallStatus } from './to-status';
