export { chaos, type ChaosOptions, type ChaosReport } from './chaos';
export { planFaults, type Fault } from './plan';
export { summaryOf } from './summary';
