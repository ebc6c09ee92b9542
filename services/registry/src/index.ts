/** The control plane of Quartet; `main` runs it as a process. */
export { startRegistry, type Registry, type RegistryOptions } from './registry';
