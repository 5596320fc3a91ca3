"""What the scripts of this folder that use JAX begin with: their options, and one core to stay on."""
import argparse
import os


def parser(description):
    """A parser with the options that all of them have."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5, help="measurements")
    parser.add_argument("--core", type=int, default=0, help="the processor to stay on")
    return parser


def stay(core):
    """Keeps this process, and the threads it will start, on one processor.

    To be called before JAX is imported: its thread pool is made for the processors it sees.
    """
    os.sched_setaffinity(0, {core})
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
