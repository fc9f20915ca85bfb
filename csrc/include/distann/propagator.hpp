// The exact step of a system of linear differential equations with constant coefficients.
#pragma once

#include <cmath>

namespace distann {

// With M = dt A, the solution of dx/dt = A x + b after one step is  exp(M) x + phi(M) (dt b),  where
// phi(M) = (exp(M) - 1) / M: `state` is the first matrix, `input` the second. By Taylor's series of phi for M / 2^s, of
// which 15 terms are exact for a norm of 1/2, and s squarings: exp(2 M) = exp(M)^2, phi(2 M) = phi(M) (exp(M) + 1) / 2
// (Higham, Functions of Matrices, 2008, section 10.7.4). In double precision, and no equal time constants to fear.
template <int n, class real> struct Propagator {
    real state[n][n], input[n][n];

    explicit Propagator(const real (&rates)[n][n]) {
        double m[n][n], exp[n][n], phi[n][n];
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) m[i][j] = double(rates[i][j]);
        const int squarings = scale(m);
        series(m, phi);
        multiply(m, phi, exp);
        add_identity(exp);
        for (int s = 0; s < squarings; s++) square(exp, phi);
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) state[i][j] = real(exp[i][j]), input[i][j] = real(phi[i][j]);
    }

private:
    using Matrix = double[n][n];

    // Halves m until its norm is at most 1/2, and says how often. What is not finite stays so.
    static int scale(Matrix &m) {
        double norm = 0;
        for (int i = 0; i < n; i++) {
            double sum = 0;
            for (int j = 0; j < n; j++) sum += std::fabs(m[i][j]);
            norm = sum > norm ? sum : norm;
        }
        int halvings = 0;
        double factor = 1;
        for (; norm > 0.5 && halvings < 64; norm /= 2, factor /= 2) halvings++;
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) m[i][j] *= factor;
        return halvings;
    }

    // phi = 1 + m/2 (1 + m/3 (1 + m/4 ...))
    static void series(const Matrix &m, Matrix &phi) {
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) phi[i][j] = i == j;
        for (int k = 15; k >= 2; k--) {
            Matrix next;
            multiply(m, phi, next);
            for (int i = 0; i < n; i++)
                for (int j = 0; j < n; j++) phi[i][j] = next[i][j] / k;
            add_identity(phi);
        }
    }

    static void square(Matrix &exp, Matrix &phi) {
        Matrix twice, next;
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) twice[i][j] = (exp[i][j] + (i == j)) / 2;
        multiply(phi, twice, next);
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) phi[i][j] = next[i][j];
        multiply(exp, exp, next);
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) exp[i][j] = next[i][j];
    }

    static void add_identity(Matrix &m) {
        for (int i = 0; i < n; i++) m[i][i] += 1;
    }
    static void multiply(const Matrix &a, const Matrix &b, Matrix &product) {
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int k = 0; k < n; k++) sum += a[i][k] * b[k][j];
                product[i][j] = sum;
            }
    }
};

}  // namespace distann
