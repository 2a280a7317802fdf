// exp and log of our own, so that every host gives the same bits: glibc's differ between CPUs with
// and without FMA. Plain double arithmetic in a fixed order; compile with -ffp-contract=off.
#pragma once

namespace skymill {

/// e^x; error below 1 ulp. 0 below -745.2, infinity above 709.8, NaN for NaN.
double real_exp(double x);
/// ln(x); error below 1 ulp. -infinity for 0, NaN for negative numbers.
double real_log(double x);
/// ln(1 + x) for x > -1, accurate near 0.
double real_log1p(double x);
/// 1 / (1 + e^-x), without overflow at either end.
double logistic(double x);
/// ln(1 + e^x), without overflow.
double softplus(double x);

}  // namespace skymill
