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
