"""One row per person out of several sources with pandas: `golden_person.py RULES.json OUT.parquet`.

RULES.json: {"datasets": [{"name", "files", "key", "observed", "columns": {raw: field}, "codes": {raw: {spelling: value}}}],
"fields": {field: [dataset names in order of authority]}}. The newest record of a source speaks for it; a field takes the first
source in its order that has a value. No quarantine, provenance, history or conflicts: less than the platform does.
"""
import json
import resource
import sys

import pandas as pd

rules = json.load(open(sys.argv[1], encoding="utf-8"))
spoken = {}
for dataset in rules["datasets"]:
    parts = [pd.read_json(file, lines=True, dtype=False, convert_dates=False) for file in dataset["files"]]
    rows = pd.concat(parts, ignore_index=True)
    rows = rows[rows[dataset["key"]].notna()]
    observed = rows[dataset["observed"]].astype(str)
    rows = rows.assign(_observed=observed).sort_values("_observed", kind="stable").drop_duplicates(dataset["key"], keep="last")
    for raw, codes in dataset["codes"].items():
        rows[raw] = rows[raw].astype("string").map(codes)
    rows = rows.rename(columns=dataset["columns"])
    spoken[dataset["name"]] = rows.set_index(rules["key"])[[f for f in dataset["columns"].values() if f in rows and f != rules["key"]]]
everyone = pd.Index([], dtype="object")
for rows in spoken.values():
    everyone = everyone.union(rows.index)
golden = pd.DataFrame(index=everyone)
for field, order in rules["fields"].items():
    value = None
    for name in order:
        if field not in spoken[name]:
            continue
        told = spoken[name][field].reindex(everyone)
        value = told if value is None else value.where(value.notna(), told)
    if value is not None:
        golden[field] = value.astype("string")
golden.reset_index(names=rules["key"]).to_parquet(sys.argv[2])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"rows": len(golden), "peakMb": round(peak)}))
