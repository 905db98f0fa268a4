"""evaluation.json: folds, confusion matrices, reports, ROC and precision-recall points, calibration and class weights as scikit-learn computes
them. Needs scikit-learn besides numpy."""
import json
import os
import warnings

import numpy as np
import sklearn
from sklearn import calibration, metrics, model_selection
from sklearn.utils.class_weight import compute_class_weight

warnings.filterwarnings("ignore")
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "test", "golden")


def plain(x):
    if isinstance(x, dict):
        return {str(k): plain(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return [plain(v) for v in x]
    if isinstance(x, np.ndarray):
        return plain(x.tolist())
    if isinstance(x, (float, np.floating)):
        return None if not np.isfinite(x) else float(f"{x:.12g}")
    return x.item() if isinstance(x, np.generic) else x


def folds(rng):
    for _ in range(12):
        n, splits, classes = int(rng.integers(12, 40)), int(rng.integers(2, 6)), int(rng.integers(2, 4))
        y = np.concatenate([np.arange(classes).repeat(splits), rng.integers(0, classes, n)])
        rng.shuffle(y)
        groups = np.concatenate([np.arange(splits), rng.integers(0, 7, len(y) - splits)])
        sizes = np.bincount(groups)
        parts = lambda made: [{"train": a, "test": b} for a, b in made]  # noqa: E731
        yield {
            "y": y, "groups": groups, "splits": splits,
            "kFold": parts(model_selection.KFold(splits).split(y)),
            "stratified": parts(model_selection.StratifiedKFold(splits).split(y, y)),
            "grouped": parts(model_selection.GroupKFold(splits).split(y, y, groups)) if len(set(sizes[sizes > 0])) == (sizes > 0).sum() else None,
            "time": parts(model_selection.TimeSeriesSplit(splits, gap=1, test_size=2, max_train_size=7).split(y)),
        }


def reports(rng):
    for _ in range(15):
        n, classes = int(rng.integers(5, 40)), int(rng.integers(2, 5))
        y, p = rng.integers(0, classes, n), rng.integers(0, classes, n)
        weight = rng.integers(0, 4, n).astype(float) if rng.random() < 0.5 else None
        normalize = [None, "true", "pred", "all"][int(rng.integers(4))]
        report = metrics.classification_report(y, p, output_dict=True, sample_weight=weight, zero_division=0)
        yield {"y": y, "p": p, "weight": weight, "normalize": normalize,
               "matrix": metrics.confusion_matrix(y, p, sample_weight=weight, normalize=normalize), "report": report,
               "accuracy": metrics.accuracy_score(y, p, sample_weight=weight)}


def curves(rng):
    for i in range(15):
        n = int(rng.integers(6, 40))
        y = np.concatenate([[0, 1], rng.integers(0, 2, n)])
        score = np.round(rng.random(len(y)), int(rng.integers(1, 4)))
        weight = rng.integers(1, 4, len(y)).astype(float) if rng.random() < 0.5 else None
        drop = bool(rng.random() < 0.5)
        fpr, tpr, thresholds = metrics.roc_curve(y, score, sample_weight=weight, drop_intermediate=drop)
        precision, recall, cuts = metrics.precision_recall_curve(y, score, sample_weight=weight)
        bins, strategy = int(rng.integers(2, 7)), ["uniform", "quantile"][int(rng.integers(2))]
        true, predicted = calibration.calibration_curve(y, score, n_bins=bins, strategy=strategy)
        yield {"y": y, "score": score, "weight": weight, "drop": drop, "fpr": fpr, "tpr": tpr, "thresholds": thresholds[1:],
               "auc": metrics.roc_auc_score(y, score, sample_weight=weight), "precision": precision, "recall": recall, "cuts": cuts,
               "averagePrecision": metrics.average_precision_score(y, score, sample_weight=weight), "prAuc": metrics.auc(recall, precision),
               "bins": bins, "strategy": strategy, "observed": true, "predicted": predicted, "brier": metrics.brier_score_loss(y, score)}


def main():
    rng = np.random.default_rng(4)
    labels = [rng.integers(0, 4, 30) for _ in range(5)]
    data = {
        "sklearn": sklearn.__version__, "folds": list(folds(rng)), "reports": list(reports(rng)), "curves": list(curves(rng)),
        "classWeights": [{"y": y, "weights": compute_class_weight("balanced", classes=np.unique(y), y=y)} for y in labels],
    }
    with open(os.path.join(FOLDER, "evaluation.json"), "w") as file:
        json.dump(plain(data), file, separators=(",", ":"))


main()
