package main

import (
	"context"
	"fmt"
	"time"
)

// until looks again and again until there is nothing left to complain about.
func until(ctx context.Context, look func() error) error {
	for {
		missing := look()
		if missing == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited in vain: %w", missing)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// same complains where two values differ.
func same[T comparable](what string, got, want T) error {
	if got == want {
		return nil
	}
	return fmt.Errorf("%s: %v instead of %v", what, got, want)
}

// refused complains unless an error is of the expected kind.
func refused(what string, err error, is func(error) bool) error {
	if err != nil && is(err) {
		return nil
	}
	return fmt.Errorf("%s: answered with %v", what, err)
}
