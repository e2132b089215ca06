// The programs share the console.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
