"""What a run of `make bench` leaves behind: tables on standard output, data files for plots, and
results.json with every table, every limit and the ratio to it."""

import json
import os
import statistics
import sys
from pathlib import Path


class Report:
    def __init__(self, directory):
        self._directory = Path(directory)
        self._directory.mkdir(parents=True, exist_ok=True)
        self._results = {"facts": {}, "tables": [], "series": {}, "limits": []}
        self.missed = []

    def fact(self, name, text):
        self._results["facts"][name] = text
        print(f"{name}: {text}")

    def table(self, title, columns, rows):
        print(f"\n{title}")
        widths = [max(len(row[i]) for row in [columns, *rows]) for i in range(len(columns))]
        for row in [columns, *rows]:
            cells = [row[0].ljust(widths[0])]
            cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
            print("  " + "  ".join(cells).rstrip())
        sys.stdout.flush()
        self._results["tables"].append({"title": title, "columns": columns, "rows": rows})

    def verdict(self, name, value, limit):
        """The last cell of a row."""
        if value < limit:
            return "met"
        self.missed.append(name)
        return "MISSED"

    def compare(self, name, without, with_, unit, digits, aim):
        """A row: without, with, what is added, the ratio, the aim for what is added, its verdict."""
        added = with_ - without
        return [
            name,
            f"{without:,.{digits}f}",
            f"{with_:,.{digits}f}",
            f"{added:+,.{digits}f}",
            f"{with_ / without:.2f} x",
            f"< {aim} {unit} more" if aim else "-",
            self.verdict(name, added, aim) if aim else "-",
        ]

    def limit(self, name, measured, limit, unit, what, why=None):
        """`what` says what the limit is, `why` what the profile blames for a ratio above 2."""
        self._results["limits"].append(
            {
                "name": name,
                "measured": measured,
                "limit": limit,
                "unit": unit,
                "ratio": measured / limit,
                "what": what,
                "why": why,
            }
        )

    def series(self, name, columns, rows):
        """A data file for gnuplot; None is a point that was not measured."""
        self._results["series"][name] = {"columns": columns, "rows": rows}
        lines = ["# " + " ".join(columns)]
        for row in rows:
            lines.append(
                " ".join("?" if cell is None else f'"{cell}"' if isinstance(cell, str) else f"{cell:g}"
                         for cell in row)
            )
        (self._directory / f"{name}.dat").write_text("\n".join(lines) + "\n")

    def print_limits(self):
        rows = [
            [one["name"], f"{one['measured']:,.4g}", f"{one['limit']:,.4g}", one["unit"],
             f"{one['ratio']:,.2f} x", one["what"]]
            for one in self._results["limits"]
        ]
        self.table("8. limits", ["", "measured", "limit", "", "ratio", "the limit is"], rows)
        for one in self._results["limits"]:
            if one["ratio"] > 2:
                print(f"  {one['name']}: {one['why'] or 'above 2, and the cause is not known'}")

    def save(self):
        path = self._directory / "results.json"
        path.write_text(json.dumps(self._results, indent=1, ensure_ascii=False) + "\n")
        print(f"\naims missed: {', '.join(self.missed) if self.missed else 'none'}")
        print(f"written: {os.path.relpath(path)}")


def in_turns(rounds, *runs):
    """Median of all samples of each run, the runs taking turns."""
    samples = [[] for _ in runs]
    for _ in range(rounds):
        for lines, one in zip(samples, runs):
            lines += map(float, one())
    return [statistics.median(lines) for lines in samples]
