"""oracle.json: three thousand small cases of ops, losses, metrics, optimizers, layers and fit, as Keras and NumPy compute them.

    python oracle.py [seed]

Which options a case has is drawn from the seed. Its inputs are not stored: both sides draw them by the number of the case (`Inputs` here,
test/support/goldenInputs.ts there). What is computed in float64 is kept rounded to float32; cases in which float32 Keras strays from that are left out.
"""
import os
import sys

os.environ["KERAS_BACKEND"] = "torch"  # eager: nothing to compile for three thousand shapes

from common import Oracle, np, write
import oracle_fit
import oracle_layers
import oracle_losses
import oracle_metrics
import oracle_ops
import oracle_optimizers
from oracle_inputs import Case, packed

FAMILIES = {"op": oracle_ops, "loss": oracle_losses, "metric": oracle_metrics, "optimizer": oracle_optimizers, "layer": oracle_layers, "fit": oracle_fit}


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    oracle, cases, strayed = Oracle(tolerance=1e-5), [], 0
    for place, (family, module) in enumerate(FAMILIES.items()):
        for spec in module.cases(np.random.default_rng([seed, place])):
            case = Case(len(cases) + seed * 100_000, spec)
            try:
                values = oracle(f"{family} {spec}", case.run)
            except ValueError as error:
                strayed += 1
                if "away from float64" not in str(error):
                    raise ValueError(f"{family} {spec}: {error}") from error
                continue
            cases.append({"family": family, "number": case.number, **spec.data, **{key: packed(value) for key, value in values.items()}, **case.notes})
        print(family, len(cases), "so far;", strayed, "left out", flush=True)
    write("oracle", oracle, cases, seed=seed)


if __name__ == "__main__":
    main()
