import type { SourceName } from './endpoints.ts';

/** How many records of a dataset have left the city, and how many of those the platform has acknowledged (pushes only). */
export interface DatasetProgress {
  readonly served: number;
  readonly acknowledged?: number;
  /** Records that could be delivered by now. */
  readonly due?: number;
}

export type CityProgress = { readonly [source in SourceName]?: { readonly [dataset: string]: DatasetProgress } };

export interface Progress {
  served(source: SourceName, dataset: string, records: number): void;
  /** A source that pushes tells for itself how far it is. */
  report(source: SourceName, dataset: string, read: () => DatasetProgress): void;
  read(): CityProgress;
}

export function createProgress(): Progress {
  const counts = new Map<string, number>();
  const reports = new Map<string, () => DatasetProgress>();
  return {
    served: (source, dataset, records) => {
      const name = `${source}/${dataset}`;
      counts.set(name, (counts.get(name) ?? 0) + records);
    },
    report: (source, dataset, read) => {
      reports.set(`${source}/${dataset}`, read);
    },
    read: () => {
      const all: { [source: string]: { [dataset: string]: DatasetProgress } } = {};
      const put = (name: string, value: DatasetProgress) => {
        const [source = '', dataset = ''] = name.split('/');
        all[source] = { ...all[source], [dataset]: value };
      };
      for (const [name, served] of counts) put(name, { served });
      for (const [name, read] of reports) put(name, read());
      return all;
    },
  };
}
