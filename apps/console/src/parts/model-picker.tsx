import { NativeSelect } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useSearchParams } from 'wouter';
import { api } from '../api/clients';
import { allModels } from '../api/lists';
import { useLive } from '../api/use-live';
import type { Family } from '../generated/quartet/common/v1/model_ref_pb';
import type { Version } from '../generated/quartet/model/v1/model_pb';

/** Which version of which model a page is about. */
export interface Picked {
  version: Version;
  /** For requests. */
  ref: { name: string; target: { case: 'version'; value: bigint } };
}

export interface Picker {
  picked: Picked | undefined;
  /** The two choices. */
  controls: React.ReactNode;
  /** Says why nothing is picked. */
  hint: string;
}

/** Lets one choose a model of a family and a version of it: at first the one in production. @param accepts of a version, whether the page is for it @param only the models among which to choose */
export function useModelPicker(family: Family, accepts: (version: Version) => boolean = () => true, only?: ReadonlySet<string>): Picker {
  const [parameters, setParameters] = useSearchParams();
  const asked = parameters.get('model') ?? '';
  const { data: models, loading } = useLive((signal) => allModels(signal, family), [family], 10_000);
  const usable = (models ?? []).filter(({ name, latestVersion }) => latestVersion > 0n && (only?.has(name) ?? true));
  const model = usable.find(({ name }) => name === asked) ?? usable[0];
  const { data: versions } = useLive(async (signal) => (model ? (await api.models.listVersions({ model: model.name, pageSize: 50 }, { signal })).versions : []), [model?.name, model?.latestVersion]);
  const [chosen, setChosen] = useState<string>();
  useEffect(() => setChosen(undefined), [model?.name]);
  const production = model?.labels.find(({ name }) => name === 'production')?.version;
  const version = versions?.find(({ version: of }) => String(of) === chosen) ?? versions?.find(({ version: of }) => of === production) ?? versions?.[0];
  const isFor = version !== undefined && accepts(version);
  return {
    picked: version && isFor ? { version, ref: { name: version.model, target: { case: 'version', value: version.version } } } : undefined,
    hint: loading ? 'Loading ...' : usable.length === 0 ? 'There is no trained model of this family yet. Train one first.' : version && !isFor ? 'This model is for something else; choose another one.' : '',
    controls: (
      <>
        <NativeSelect label="Model" size="xs" data={usable.map(({ name }) => name)} value={model?.name ?? ''} onChange={(event) => setParameters({ model: event.currentTarget.value }, { replace: true })} />
        <NativeSelect label="Version" size="xs" data={(versions ?? []).map(({ version: of, labels }) => ({ value: String(of), label: [String(of), ...labels].join(' · ') }))} value={version ? String(version.version) : ''} onChange={(event) => setChosen(event.currentTarget.value)} />
      </>
    ),
  };
}

/** The settings that a version's manifest tells; of the wanted shape, which its family sees to. */
export function specOf<T>(version: Version): Partial<T> {
  try {
    return (JSON.parse(version.manifestJson) as { spec?: Partial<T> }).spec ?? {};
  } catch {
    return {};
  }
}
