// The public names of `evaluation`: splits and folds, cross-validation, reports and curves.
export { calibrationCurve, areaUnder, precisionRecallCurve, rocCurve } from './curves'
export { classificationReport, confusionMatrix } from './confusion'
export { crossValidate } from './crossValidate'
export { duplicates } from './duplicates'
export { groupKFold, kFold, stratifiedKFold, timeSeriesSplit } from './folds'
export { trainTestSplit } from './split'
export { takeRows as take } from './rows'
