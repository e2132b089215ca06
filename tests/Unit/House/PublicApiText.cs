// The public API of an assembly as text: one paragraph for each type, one line for each member, in an order that does not depend
// on the source. What the compiler adds to every record is left out; what a caller can see is not.

using System.Collections.Frozen;
using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace WsProto.Tests.House;

internal static class PublicApiText
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly NullabilityInfoContext _nullability = new();

    private static readonly FrozenDictionary<Type, string> _keywords = new Dictionary<Type, string>
    {
        [typeof(void)] = "void",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(char)] = "char",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(ushort)] = "ushort",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
    }.ToFrozenDictionary();

    /// <summary>Attributes that change what a caller may do.</summary>
    private static readonly Type[] _shownAttributes =
    [
        typeof(FlagsAttribute), typeof(ObsoleteAttribute), typeof(ExperimentalAttribute), typeof(EditorBrowsableAttribute), typeof(CollectionBuilderAttribute),
        typeof(SetsRequiredMembersAttribute), typeof(NotNullWhenAttribute), typeof(MemberNotNullWhenAttribute), typeof(UnscopedRefAttribute),
    ];

    public static string Of(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (Type type in assembly.GetExportedTypes().Where(IsWritten).OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(Attributes(type)).Append(Declaration(type)).Append('\n');
            foreach (string line in type.IsEnum ? EnumMembers(type) : Members(type))
                text.Append("    ").Append(line).Append('\n');
            text.Append('\n');
        }

        return text.ToString().TrimEnd('\n') + "\n";
    }

    /// <summary>The groups of extension members have names that cannot be written.</summary>
    private static bool IsWritten(Type type) => !type.FullName!.Contains('<', StringComparison.Ordinal);

    private static string Declaration(Type type)
    {
        string name = $"{type.Namespace}.{TypeName(type)}";
        if (type.IsEnum)
            return $"public enum {name} : {TypeName(Enum.GetUnderlyingType(type))}";
        IEnumerable<Type> bases = type.BaseType is null || type.BaseType == typeof(object) || type.IsValueType ? [] : [type.BaseType];
        IEnumerable<Type> interfaces = type.GetInterfaces()
            .Except((type.BaseType?.GetInterfaces() ?? []).Concat(type.GetInterfaces().SelectMany(face => face.GetInterfaces())))
            .Where(face => !IsRecord(type) || face != typeof(IEquatable<>).MakeGenericType(type))
            .OrderBy(face => face.Name, StringComparer.Ordinal);
        string[] parents = [.. bases.Concat(interfaces).Select(parent => TypeName(parent))];
        return $"public {Kind(type)} {name}{(parents.Length > 0 ? " : " : "")}{string.Join(", ", parents)}{Constraints(type.GetGenericArguments())}";
    }

    private static string Kind(Type type)
    {
        string record = IsRecord(type) ? "record " : "";
        if (type.IsInterface)
            return "interface";
        if (type.IsValueType)
            return $"{(Has<IsReadOnlyAttribute>(type) ? "readonly " : "")}{(type.IsByRefLike ? "ref " : "")}{record}struct";
        string modifier = (type.IsAbstract, type.IsSealed) switch { (true, true) => "static ", (true, _) => "abstract ", (_, true) => "sealed ", _ => "" };
        return modifier + (record.Length > 0 ? record.Trim() : "class");
    }

    private static bool IsRecord(Type type) => type.GetMethod("PrintMembers", Declared) is not null;

    private static IEnumerable<string> EnumMembers(Type type) =>
        Enum.GetValues(type).Cast<object>().Select(value => $"{value} = {Convert.ToInt64(value, CultureInfo.InvariantCulture)}");

    private static IEnumerable<string> Members(Type type) =>
    [
        .. Lines(type.GetConstructors(Declared).Where(IsVisible), made => $"{Attributes(made)}{Modifiers(made)}{BareName(type)}({Parameters(made)})"),
        .. Lines(type.GetFields(Declared).Where(field => field.IsPublic || field.IsFamily), Field),
        .. Lines(type.GetProperties(Declared).Where(IsVisible), property => Property(type, property)),
        .. Lines(type.GetMethods(Declared).Where(IsVisible).Where(method => !method.IsSpecialName || IsOperator(method)), Method),
    ];

    private static IEnumerable<string> Lines<T>(IEnumerable<T> members, Func<T, string> write)
        where T : MemberInfo => members.Select(member => (member.Name, Line: write(member))).OrderBy(member => member.Name, StringComparer.Ordinal).ThenBy(member => member.Line, StringComparer.Ordinal).Select(member => member.Line);

    private static bool IsVisible(PropertyInfo property) => property.GetAccessors(nonPublic: true).Any(IsOpenToOthers) && property.Name != "EqualityContract";

    private static bool IsVisible(MethodBase method) =>
        IsOpenToOthers(method) && (!Has<CompilerGeneratedAttribute>(method) || method.Name == "Deconstruct") && !method.Name.StartsWith('<');

    private static bool IsOpenToOthers(MethodBase method) =>
        method.IsPublic || ((method.IsFamily || method.IsFamilyOrAssembly) && !method.DeclaringType!.IsSealed);

    private static bool IsOperator(MethodInfo method) => method.Name.StartsWith("op_", StringComparison.Ordinal);

    private static string Field(FieldInfo field)
    {
        string modifier = field.IsLiteral ? "const " : $"{(field.IsStatic ? "static " : "")}{(field.IsInitOnly ? "readonly " : "")}";
        string value = field.IsLiteral ? $" = {Value(field.GetRawConstantValue())}" : "";
        return $"{Attributes(field)}public {modifier}{TypeName(field.FieldType, _nullability.Create(field))} {field.Name}{value}";
    }

    private static string Property(Type type, PropertyInfo property)
    {
        MethodInfo accessor = property.GetMethod ?? property.SetMethod!;
        ParameterInfo[] index = property.GetIndexParameters();
        string name = index.Length > 0 ? $"this[{string.Join(", ", index.Select(Parameter))}]" : property.Name;
        string required = Has<RequiredMemberAttribute>(property) ? "required " : "";
        string get = property.GetMethod is { } getter && IsOpenToOthers(getter) ? "get; " : "";
        string set = property.SetMethod is { } setter && IsOpenToOthers(setter) ? IsInit(setter) ? "init; " : "set; " : "";
        return $"{Attributes(property)}{Modifiers(accessor)}{required}{TypeName(property.PropertyType, _nullability.Create(property))} {name} {{ {get}{set}}}{Default(type, property)}";
    }

    private static bool IsInit(MethodInfo setter) => setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    /// <summary>What a property is if it is not set, where that can be asked and told in a word.</summary>
    private static string Default(Type type, PropertyInfo property)
    {
        bool isPlain = type.GetConstructor([]) is { } made && !Has<SetsRequiredMembersAttribute>(made) && !Has<RequiredMemberAttribute>(type);
        if (!isPlain || property.SetMethod is not { IsPublic: true } || type.IsAbstract)
            return "";
        return property.GetValue(Activator.CreateInstance(type)) switch
        {
            null => " = null",
            Enum or ValueType and IConvertible or string => $" = {Value(property.GetValue(Activator.CreateInstance(type)))}",
            _ => "",
        };
    }

    private static string Method(MethodInfo method)
    {
        string arguments = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>" : "";
        string result = TypeName(method.ReturnType, _nullability.Create(method.ReturnParameter));
        return $"{Attributes(method)}{Modifiers(method)}{result} {method.Name}{arguments}({Parameters(method)}){Constraints(method.GetGenericArguments())}";
    }

    private static string Modifiers(MethodBase method)
    {
        string access = method.IsPublic ? "public " : method.IsFamilyOrAssembly ? "protected internal " : "protected ";
        if (method.IsStatic)
            return access + "static ";
        if (!method.IsVirtual || method.DeclaringType!.IsInterface)
            return access;
        bool overrides = ((MethodInfo)method).GetBaseDefinition() != method;
        if (overrides)
            return access + (method.IsFinal ? "sealed override " : "override ");
        return access + (method.IsAbstract ? "abstract " : method.IsFinal ? "" : "virtual ");
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        string passed = (parameter.ParameterType.IsByRef, parameter.IsOut, parameter.IsIn) switch
        {
            (true, true, _) => "out ",
            (true, _, true) => "in ",
            (true, _, _) => "ref ",
            _ => Has<ParamArrayAttribute>(parameter) || Has<ParamCollectionAttribute>(parameter) ? "params " : "",
        };
        string value = parameter.HasDefaultValue ? $" = {(parameter.RawDefaultValue is null && IsStruct(parameter.ParameterType) ? "default" : Value(parameter.RawDefaultValue))}" : "";
        return $"{Attributes(parameter)}{passed}{TypeName(parameter.ParameterType, _nullability.Create(parameter))} {parameter.Name}{value}";
    }

    private static bool IsStruct(Type type) => type.IsValueType && Nullable.GetUnderlyingType(type) is null;

    private static string Constraints(Type[] arguments) =>
        string.Concat(arguments.Where(argument => argument.IsGenericParameter).Select(argument =>
        {
            GenericParameterAttributes special = argument.GenericParameterAttributes;
            string[] parts =
            [
                .. special.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint) ? ["class"] : Array.Empty<string>(),
                .. special.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint) ? ["struct"] : Array.Empty<string>(),
                .. argument.GetGenericParameterConstraints().Where(constraint => constraint != typeof(ValueType)).Select(constraint => TypeName(constraint)),
                .. special.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint) ? ["new()"] : Array.Empty<string>(),
                .. special.HasFlag(GenericParameterAttributes.AllowByRefLike) ? ["allows ref struct"] : Array.Empty<string>(),
            ];
            return parts.Length > 0 ? $" where {argument.Name} : {string.Join(", ", parts)}" : "";
        }));

    private static string Attributes(ICustomAttributeProvider provider)
    {
        IEnumerable<CustomAttributeData> all = provider switch
        {
            MemberInfo member => member.CustomAttributes,
            ParameterInfo parameter => parameter.CustomAttributes,
            _ => [],
        };
        return string.Concat(all
            .Where(attribute => _shownAttributes.Contains(attribute.AttributeType) && !IsForOldCompilers(attribute))
            .Select(attribute => $"[{attribute.AttributeType.Name[..^"Attribute".Length]}{Arguments(attribute)}] ")
            .Order(StringComparer.Ordinal));
    }

    /// <summary>Ref structs and constructors of types with required members are marked as obsolete for compilers that do not know them.</summary>
    private static bool IsForOldCompilers(CustomAttributeData attribute) =>
        attribute.AttributeType == typeof(ObsoleteAttribute)
        && attribute.ConstructorArguments is [{ Value: string message }, ..]
        && message.EndsWith("not supported in this version of your compiler.", StringComparison.Ordinal);

    private static string Arguments(CustomAttributeData attribute)
    {
        if (attribute.ConstructorArguments.Count == 0)
            return "";
        IEnumerable<string> values = attribute.ConstructorArguments.Select(argument =>
            argument.Value is Type type ? $"typeof({TypeName(type)})" : argument.ArgumentType.IsEnum ? Enum.GetName(argument.ArgumentType, argument.Value!)! : Value(argument.Value));
        return $"({string.Join(", ", values)})";
    }

    private static string Value(object? value) => value switch
    {
        null => "null",
        true => "true",
        false => "false",
        string text => $"\"{text}\"",
        Enum member => $"{member.GetType().Name}.{member}",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string TypeName(Type type, NullabilityInfo? nullability = null)
    {
        if (type.IsByRef)
            return TypeName(type.GetElementType()!, nullability);
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return TypeName(underlying) + "?";
        string mark = nullability is { ReadState: NullabilityState.Nullable } && !type.IsValueType ? "?" : "";
        if (type.IsArray)
            return $"{TypeName(type.GetElementType()!, nullability?.ElementType)}[]{mark}";
        if (_keywords.TryGetValue(type, out string? keyword))
            return keyword + mark;

        string[] arguments = [.. type.GetGenericArguments().Select((argument, i) => TypeName(argument, nullability?.GenericTypeArguments.ElementAtOrDefault(i)))];
        if (type.IsAssignableTo(typeof(ITuple)) && arguments.Length > 0)
            return $"({string.Join(", ", arguments)})";
        string outer = type.IsNested && !type.IsGenericParameter ? $"{BareName(type.DeclaringType!)}." : "";
        return $"{outer}{BareName(type)}{(arguments.Length > 0 ? $"<{string.Join(", ", arguments)}>" : "")}{mark}";
    }

    private static string BareName(Type type) => type.Name.Split('`')[0];

    private static bool Has<T>(ICustomAttributeProvider provider)
        where T : Attribute => provider.IsDefined(typeof(T), inherit: false);
}
