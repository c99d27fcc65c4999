import { Gauge, type Registry } from 'prom-client';
import type { ServiceLifecycle } from './service.module.js';

/** Puts what libs/eventing counts on the registry: one gauge a counter, labelled by service. No ids, no patient data. */
export function serviceMetrics(registry: Registry, services: readonly ServiceLifecycle[]): void {
  const gauge = new Gauge({
    name: 'bulfinch_eventing',
    help: 'Counters of the case store, relay and inbox by service and name',
    labelNames: ['service', 'name'],
    registers: [registry],
    collect() {
      for (const service of services)
        for (const [name, value] of Object.entries(service.eventing.metrics()))
          gauge.set({ service: service.service, name }, Number(value));
    },
  });
}
