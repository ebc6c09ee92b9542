const LOOPBACK = /^(?:(?:dns|ipv4|ipv6):(?:\/\/[^/]*\/)?)?(?:localhost|127\.\d+\.\d+\.\d+|\[?::1\]?|unix)(?::|$)/;

/** Whether a host, or a target such as `127.0.0.1:50050` or `dns:///localhost:1`, is on this machine whatever a name service says. */
export const isLoopback = (target: string): boolean => !target.includes(',') && LOOPBACK.test(target);
