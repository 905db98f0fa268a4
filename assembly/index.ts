// What the module exports: the executor, the memory layout, and every kernel by name.
export * from './layout';
export { run, serve, SERIAL, MEET } from './program';
export { barrier } from './barrier';
export { fill } from './kernels/fill';
export { copy } from './kernels/copy';
export { gather, iota, oneHot, scatterAdd, takeAlong, takeAlongGrad } from './kernels/gather';
export { sum, sumSquares, sumAbs, max, min, prod, sumInt, maxInt, minInt, prodInt, sumChunks, sumSquaresChunks, sumAbsChunks, maxChunks, minChunks, prodChunks, accumulate } from './kernels/reduce';
export { argMax, argMin } from './kernels/argreduce';
export { cumsum } from './kernels/cumsum';
export { softmax, logSoftmax, logSumExp, softmaxGrad, logSoftmaxGrad } from './kernels/softmax';
export { sparseSoftmaxCrossEntropy, sparseSoftmaxCrossEntropyGrad, softmaxCrossEntropy, softmaxCrossEntropyGrad, sparseCrossEntropy, sparseCrossEntropyGrad, crossEntropy, crossEntropyGrad } from './kernels/crossentropy';
export { sgd, rmsprop, adam, adagrad, adadelta, adamax, nadam, nadamProduct, lion, ftrl, incrementInt } from './kernels/optimizer';
export { gemm, GEMM_MR, GEMM_NR, GEMM_KC, GEMM_MC, GEMM_NC, ACT_NONE, ACT_RELU } from './kernels/gemm';
export { bernoulli, dropout, randomBits, randomInt, randomNormal, randomUniform, truncatedNormal } from './kernels/random';
export { neg, abs, absGrad, sign, square, sqrt, sqrtGrad, rsqrt, reciprocal, floor, ceil, round, affine, clip, clipGrad, exp, log, expm1, log1p, erf, erfinv, sin, cos, isNan, isFinite, toBool, toBoolInt, logicalNot, castToInt, castToFloat, negInt, absInt } from './kernels/unary';
export { relu, reluGrad, leakyRelu, leakyReluGrad, sigmoid, sigmoidGrad, tanh, tanhGrad, elu, eluGrad, selu, seluGrad, silu, siluGrad, geluTanh, geluTanhGrad, gelu, geluGrad, softplus, softplusGrad, sigmoidCrossEntropy, sigmoidCrossEntropyGrad } from './kernels/activation';
export { add, sub, mul, div, maximum, minimum, squaredDifference, pow, mod, floorDiv, equal, notEqual, less, lessEqual, addInt, subInt, mulInt, maximumInt, minimumInt, floorDivInt, modInt, equalInt, notEqualInt, lessInt, lessEqualInt, logicalAnd, logicalOr, logicalXor } from './kernels/binary';
export { select } from './kernels/select';
