using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace WsProto.Tests.House;

/// <summary>
/// The text of an API is right about what reflection does not say outright: each type below, and what is to stand for it.
/// </summary>
public class PublicApiTextTests
{
    [Fact]
    public void Type_parameters_without_constraints_may_be_null_where_they_are_written_so() => Says(
        typeof(Generic<>),
        """
        public class WsProto.Tests.House.PublicApiTextTests.Generic<T>
            public Generic()
            public T? Field
            public event EventHandler<T?>? Changed
            public T this[T index] { get; set; }
            public IReadOnlyList<T?> MaybeNullOnes { get; }
            public IReadOnlyList<T>? MaybeOnes { get; }
            public IReadOnlyList<T> Ones { get; }
            public T Required { get; }
            public T Always(T value)
            public T?[]? Array(T[] values, T?[] others)
            public virtual TOther? Maybe<TOther>(T? value, TOther other)
            public static bool TryGet([MaybeNullWhen(false)] out T value)
        """);

    [Fact]
    public void Constraints_are_those_that_were_written() => Says(
        typeof(Constrained),
        """
        public static class WsProto.Tests.House.PublicApiTextTests.Constrained
            public static void AllowsRefStruct<T>(scoped T value) where T : allows ref struct
            public static void Class<T>(T value) where T : class
            public static void ClassOrNull<T>(T value) where T : class?
            public static void Interface<T>(T value) where T : IDisposable
            public static void New<T>(T value) where T : notnull, new()
            public static void NotNull<T>(T value) where T : notnull
            public static void Struct<T>(T? value) where T : struct
            public static void Unmanaged<T>(T value) where T : unmanaged
        """);

    [Fact]
    public void Types_are_written_as_in_source() => Says(
        typeof(Types),
        """
        public class WsProto.Tests.House.PublicApiTextTests.Types
            public Types()
            public static readonly int[,] Grid
            protected nint Handle
            public (int Count, string? Name)? Tuple { get; }
            public List<(string Key, (int, double)[] Values)> Tuples { get; }
            public PublicApiTextTests.Generic<string?>.Inner<int> Deep()
            public Dictionary<string, List<string?>?> Nested(ReadOnlyMemory<byte>? bytes, sbyte a, short b, float c, decimal d, nuint e)
        """);

    [Fact]
    public void Passing_by_reference_is_written_as_in_source() => Says(
        typeof(References),
        """
        public struct WsProto.Tests.House.PublicApiTextTests.References
            public ref int this[int index] { get; }
            public readonly int Number { get; }
            public static ref readonly int First(ref readonly int a, in int b, out int c, ref int d, scoped ReadOnlySpan<int> e)
            public static int Length(string text, params ReadOnlySpan<string> more)
        """);

    [Fact]
    public void Default_values_are_written_as_in_source() => Says(
        typeof(Defaults),
        """
        public static class WsProto.Tests.House.PublicApiTextTests.Defaults
            public const DayOfWeek Day = DayOfWeek.Friday
            public const char Letter = '\''
            public const string Words = "a\"b\\c\u000A"

        """
        + "    public static void Method(DayOfWeek day = DayOfWeek.Monday, DayOfWeek? other = DayOfWeek.Friday, "
        + "DayOfWeek odd = (DayOfWeek)99, char c = 'x', string? s = null, DateTime t = default, int? i = null, bool b = true)");

    [Fact]
    public void Accessors_and_members_are_as_open_as_they_are() => Says(
        typeof(Access),
        """
        public abstract class WsProto.Tests.House.PublicApiTextTests.Access
            protected Access()
            protected static int Field
            protected internal int InternalField
            protected abstract event Action? Happened
            protected internal int Least { get; protected set; }
            public int Less { get; protected set; }
            public int Mine { get; }
            public int Written { set; }
            [Obsolete("old", DiagnosticId = "X1")] public static void Old()
        """);

    [Fact]
    public void Delegates_enumerations_and_interfaces_are_declared_as_in_source()
    {
        Says(
            typeof(Change<,>),
            "public delegate TOut? WsProto.Tests.House.PublicApiTextTests.Change<in TIn, out TOut>"
                + "(TIn from, ref string? by) where TIn : class");
        Says(
            typeof(Fruit),
            """
            public enum WsProto.Tests.House.PublicApiTextTests.Fruit : ulong
                Apple = 1
                Pomme = 1
                Pear = 18446744073709551615
            """);
        Says(
            typeof(IShape<,>),
            """
            public interface WsProto.Tests.House.PublicApiTextTests.IShape<in TIn, out TOut> where TIn : notnull
                public static abstract int Sides { get; }
                public virtual string? Name()
                public TOut? Turn(TIn by)
            """);
    }

    private static void Says(Type type, string expected) => Assert.Equal(expected.ReplaceLineEndings("\n") + "\n", PublicApiText.Of(type));

    // What is printed, not what is good.
#pragma warning disable CA1034, CA1069, CA1051, CA1708, CA1819, CA1000, CA1002, CA1044, CA1045, CA1021, CA1711, CA1003, CA1815, CA1822
#pragma warning disable CA2211, CA1814, CA1823, CS0649, CS0067
    public enum Fruit : ulong
    {
        Apple = 1,
        Pear = ulong.MaxValue,
        Pomme = 1,
    }

    public interface IShape<in TIn, out TOut>
        where TIn : notnull
    {
        static abstract int Sides { get; }

        TOut? Turn(TIn by);

        string? Name() => null;
    }

    public delegate TOut? Change<in TIn, out TOut>(TIn from, ref string? by)
        where TIn : class;

    public class Generic<T>
    {
        public T? Field;

        public event EventHandler<T?>? Changed;

        public T Required => default!;

        public IReadOnlyList<T> Ones => [];

        public IReadOnlyList<T>? MaybeOnes => null;

        public IReadOnlyList<T?> MaybeNullOnes => [];

        public T this[T index]
        {
            get => index;
            set => Field = value;
        }

        public static bool TryGet([MaybeNullWhen(false)] out T value)
        {
            value = default;
            return false;
        }

        public T Always(T value) => value;

        public virtual TOther? Maybe<TOther>(T? value, TOther other) => default;

        public T?[]? Array(T[] values, T?[] others) => null;

        public class Inner<TOther>;
    }

    public static class Constrained
    {
        public static void NotNull<T>(T value)
            where T : notnull
        {
        }

        public static void Class<T>(T value)
            where T : class
        {
        }

        public static void ClassOrNull<T>(T value)
            where T : class?
        {
        }

        public static void Struct<T>(T? value)
            where T : struct
        {
        }

        public static void Unmanaged<T>(T value)
            where T : unmanaged
        {
        }

        public static void New<T>(T value)
            where T : notnull, new()
        {
        }

        public static void Interface<T>(T value)
            where T : IDisposable
        {
        }

        public static void AllowsRefStruct<T>(scoped T value)
            where T : allows ref struct
        {
        }
    }

    public class Types
    {
        public static readonly int[,] Grid = new int[1, 1];

        protected nint Handle;

        public (int Count, string? Name)? Tuple => null;

        public List<(string Key, (int, double)[] Values)> Tuples => [];

        public Dictionary<string, List<string?>?> Nested(ReadOnlyMemory<byte>? bytes, sbyte a, short b, float c, decimal d, nuint e) => [];

        public Generic<string?>.Inner<int> Deep() => new();
    }

    public struct References
    {
        private static readonly int[] _numbers = [1];

        public readonly int Number => 1;

        public ref int this[int index] => ref _numbers[index];

        public static ref readonly int First(ref readonly int a, in int b, out int c, ref int d, scoped ReadOnlySpan<int> e)
        {
            c = 0;
            return ref a;
        }

        public static int Length(string text, params ReadOnlySpan<string> more) => text.Length;
    }

    public static class Defaults
    {
        public const char Letter = '\'';
        public const string Words = "a\"b\\c\n";
        public const DayOfWeek Day = DayOfWeek.Friday;

        public static void Method(
            DayOfWeek day = DayOfWeek.Monday,
            DayOfWeek? other = DayOfWeek.Friday,
            DayOfWeek odd = (DayOfWeek)99,
            char c = 'x',
            string? s = null,
            DateTime t = default,
            int? i = null,
            bool b = true)
        {
        }
    }

    public abstract class Access
    {
        protected static int Field;
        protected internal int InternalField;
        private protected int _hidden;

        protected abstract event Action? Happened;

        public int Mine { get; private set; }

        public int Less { get; protected set; }

        protected internal int Least { get; protected set; }

        public int Written
        {
            private get;
            set;
        }

        [Obsolete("old", DiagnosticId = "X1")]
        public static void Old()
        {
        }
    }
#pragma warning restore
}
