// Types as C# writes them. Reflection leaves out what the compiler keeps in attributes: which references may be null, also of type
// parameters without constraints, for which NullabilityInfoContext answers by the constraint alone; and the names of the elements of
// tuples.

using System.Collections.Frozen;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace WsProto.Tests.House;

internal static class TypeNames
{
    private static readonly FrozenDictionary<Type, string> _keywords = new Dictionary<Type, string>
    {
        [typeof(void)] = "void",
        [typeof(bool)] = "bool",
        [typeof(sbyte)] = "sbyte",
        [typeof(byte)] = "byte",
        [typeof(char)] = "char",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(nint)] = "nint",
        [typeof(nuint)] = "nuint",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(decimal)] = "decimal",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
    }.ToFrozenDictionary();

    /// <summary>A type for itself: nothing is known to be nullable.</summary>
    public static string Of(Type type) => Write(type, new Notes([], []));

    public static string Of(FieldInfo field) => Write(field.FieldType, NotesOf(field.CustomAttributes, field.DeclaringType));

    public static string Of(PropertyInfo property) =>
        Write(property.PropertyType, NotesOf(property.CustomAttributes, property.DeclaringType));

    public static string Of(EventInfo member) => Write(member.EventHandlerType!, NotesOf(member.CustomAttributes, member.DeclaringType));

    public static string Of(ParameterInfo parameter) =>
        Write(parameter.ParameterType, NotesOf(parameter.CustomAttributes, parameter.Member));

    public static string BareName(Type type) => type.Name.Split('`')[0];

    /// <summary>How a type parameter is annotated: 0 unknown, 1 not null, 2 may be null.</summary>
    public static byte NullabilityOf(Type typeParameter) =>
        NotesOf(typeParameter.CustomAttributes, (MemberInfo?)typeParameter.DeclaringMethod ?? typeParameter.DeclaringType)
            .NextNullability();

    private static string Write(Type type, Notes notes)
    {
        if (type.IsByRef)
            return Write(type.GetElementType()!, notes);
        if (type.IsPointer)
            return Write(type.GetElementType()!, notes) + "*";
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return Write(underlying, notes) + "?";
        // A value type that is not generic has no place among the annotations; one that is has a place that says nothing.
        bool mayBeNull = (!type.IsValueType || type.IsGenericType) && notes.NextNullability() == 2;
        string mark = mayBeNull && !type.IsValueType ? "?" : "";
        if (type.IsArray)
            return $"{Write(type.GetElementType()!, notes)}[{new string(',', type.GetArrayRank() - 1)}]{mark}";
        if (_keywords.TryGetValue(type, out string? keyword))
            return keyword + mark;
        if (type.IsAssignableTo(typeof(ITuple)) && type is { IsValueType: true, IsGenericType: true })
            return WriteTuple(type, notes);
        return WriteNamed(type, notes) + mark;
    }

    private static string WriteTuple(Type type, Notes notes)
    {
        Type[] elements = type.GetGenericArguments();
        string?[] names = [.. elements.Select(_ => notes.NextName())];
        return $"({string.Join(", ", elements.Select((element, i) => Write(element, notes) + (names[i] is { } name ? " " + name : "")))})";
    }

    /// <summary>The arguments of the types around a nested one are its own first arguments.</summary>
    private static string WriteNamed(Type type, Notes notes)
    {
        if (type.IsGenericParameter)
            return type.Name;
        Stack<Type> around = new();
        for (Type? each = type; each is not null; each = each.DeclaringType)
            around.Push(each);
        string[] arguments = [.. type.GetGenericArguments().Select(argument => Write(argument, notes))];
        int used = 0;
        return string.Join('.', around.Select(each =>
        {
            int count = each.GetGenericArguments().Length - used;
            string own = count > 0 ? $"<{string.Join(", ", arguments.Skip(used).Take(count))}>" : "";
            used += count;
            return BareName(each) + own;
        }));
    }

    private static Notes NotesOf(IEnumerable<CustomAttributeData> attributes, MemberInfo? context)
    {
        byte[]? nullability = null;
        string?[] names = [];
        foreach (CustomAttributeData attribute in attributes)
        {
            if (attribute.AttributeType.Name == "NullableAttribute")
                nullability = Elements<byte>(attribute.ConstructorArguments[0]);
            if (attribute.AttributeType == typeof(TupleElementNamesAttribute))
                names = Elements<string?>(attribute.ConstructorArguments[0]);
        }

        return new Notes(nullability ?? [ContextOf(context)], names);
    }

    private static T[] Elements<T>(CustomAttributeTypedArgument argument) =>
        argument.Value is IEnumerable<CustomAttributeTypedArgument> many ? [.. many.Select(one => (T)one.Value!)] : [(T)argument.Value!];

    /// <summary>What holds for all that has no annotation of its own, by the nearest member or type around it.</summary>
    private static byte ContextOf(MemberInfo? member)
    {
        for (; member is not null; member = member.DeclaringType)
        {
            if (member.CustomAttributes.FirstOrDefault(
                attribute => attribute.AttributeType.Name == "NullableContextAttribute") is { } context)
                return (byte)context.ConstructorArguments[0].Value!;
        }

        return 0;
    }

    /// <summary>
    /// What the attributes say of a type, in the order in which its parts are written. A single annotation is that of every part.
    /// </summary>
    private sealed class Notes(byte[] nullability, string?[] names)
    {
        private int _part;
        private int _name;

        public byte NextNullability() => nullability.Length == 1 ? nullability[0] : nullability.ElementAtOrDefault(_part++);

        public string? NextName() => names.ElementAtOrDefault(_name++);
    }
}
