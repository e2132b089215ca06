// The public API of an assembly as text: one paragraph for each type, one line for each member, in an order that does not depend
// on the source. What the compiler adds to every record is left out; what a caller can see is not.

using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace WsProto.Tests.House;

internal static class PublicApiText
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>Attributes that change what a caller may do.</summary>
    private static readonly Type[] _shownAttributes =
    [
        typeof(FlagsAttribute), typeof(ObsoleteAttribute), typeof(ExperimentalAttribute), typeof(EditorBrowsableAttribute),
        typeof(CollectionBuilderAttribute),
        typeof(SetsRequiredMembersAttribute), typeof(NotNullWhenAttribute), typeof(MemberNotNullWhenAttribute),
        typeof(UnscopedRefAttribute),
        typeof(AllowNullAttribute), typeof(DisallowNullAttribute), typeof(MaybeNullAttribute), typeof(NotNullAttribute),
        typeof(MaybeNullWhenAttribute),
        typeof(NotNullIfNotNullAttribute), typeof(MemberNotNullAttribute), typeof(DoesNotReturnAttribute), typeof(DoesNotReturnIfAttribute),
    ];

    public static string Of(Assembly assembly) =>
        string.Join("\n", assembly.GetExportedTypes().Where(IsWritten).OrderBy(type => type.FullName, StringComparer.Ordinal).Select(Of));

    /// <summary>A type and its members.</summary>
    public static string Of(Type type)
    {
        var text = new StringBuilder(Attributes(type)).Append(Declaration(type)).Append('\n');
        foreach (string line in type.IsEnum ? EnumMembers(type) : IsDelegate(type) ? [] : Members(type))
            text.Append("    ").Append(line).Append('\n');
        return text.ToString();
    }

    /// <summary>The groups of extension members have names that cannot be written.</summary>
    private static bool IsWritten(Type type) => !type.FullName!.Contains('<', StringComparison.Ordinal);

    private static string Declaration(Type type)
    {
        string name = $"{type.Namespace}.{WithVariance(type)}";
        if (type.IsEnum)
            return $"public enum {name} : {TypeNames.Of(Enum.GetUnderlyingType(type))}";
        if (IsDelegate(type))
        {
            MethodInfo invoke = type.GetMethod("Invoke")!;
            return $"public delegate {Returned(invoke)} {name}({Parameters(invoke)}){Constraints(type.GetGenericArguments())}";
        }

        IEnumerable<Type> bases = type.BaseType is null || type.BaseType == typeof(object) || type.IsValueType ? [] : [type.BaseType];
        IEnumerable<Type> interfaces = type.GetInterfaces()
            .Except((type.BaseType?.GetInterfaces() ?? []).Concat(type.GetInterfaces().SelectMany(face => face.GetInterfaces())))
            .Where(face => !IsRecord(type) || face != typeof(IEquatable<>).MakeGenericType(type))
            .OrderBy(face => face.Name, StringComparer.Ordinal);
        string[] parents = [.. bases.Concat(interfaces).Select(TypeNames.Of)];
        string above = parents.Length > 0 ? $" : {string.Join(", ", parents)}" : "";
        return $"public {Kind(type)} {name}{above}{Constraints(type.GetGenericArguments())}";
    }

    private static bool IsDelegate(Type type) => type.IsSubclassOf(typeof(MulticastDelegate));

    /// <summary>in and out stand in the declaration of an interface or a delegate, not where it is used.</summary>
    private static string WithVariance(Type type)
    {
        string name = TypeNames.Of(type);
        foreach (Type argument in type.GetGenericArguments())
        {
            string variance = (argument.GenericParameterAttributes & GenericParameterAttributes.VarianceMask) switch
            {
                GenericParameterAttributes.Covariant => "out ",
                GenericParameterAttributes.Contravariant => "in ",
                _ => "",
            };
            name = Regex.Replace(name, $@"(?<=[<, ]){argument.Name}(?=[,>])", variance + argument.Name);
        }

        return name;
    }

    private static string Kind(Type type)
    {
        string record = IsRecord(type) ? "record " : "";
        if (type.IsInterface)
            return "interface";
        if (type.IsValueType)
            return $"{(Has<IsReadOnlyAttribute>(type) ? "readonly " : "")}{(type.IsByRefLike ? "ref " : "")}{record}struct";
        string modifier = (type.IsAbstract, type.IsSealed) switch
        {
            (true, true) => "static ",
            (true, _) => "abstract ",
            (_, true) => "sealed ",
            _ => "",
        };
        return modifier + (record.Length > 0 ? record.Trim() : "class");
    }

    private static bool IsRecord(Type type) => type.GetMethod("PrintMembers", Declared) is not null;

    private static IEnumerable<string> EnumMembers(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => (field.Name, Value: Convert.ToDecimal(field.GetRawConstantValue(), CultureInfo.InvariantCulture)))
            .OrderBy(member => member.Value < 0).ThenBy(member => member.Value)
            .Select(member => string.Create(CultureInfo.InvariantCulture, $"{member.Name} = {member.Value}"));

    private static IEnumerable<string> Members(Type type) =>
    [
        .. Lines(
            type.GetConstructors(Declared).Where(IsVisible),
            made => $"{Attributes(made)}{Modifiers(made)}{TypeNames.BareName(type)}({Parameters(made)})"),
        .. Lines(type.GetFields(Declared).Where(IsVisible), Field),
        .. Lines(type.GetEvents(Declared).Where(member => IsOpenToOthers(member.AddMethod!)), Event),
        .. Lines(type.GetProperties(Declared).Where(IsVisible), property => Property(type, property)),
        .. Lines(type.GetMethods(Declared).Where(IsVisible).Where(method => !method.IsSpecialName || IsOperator(method)), Method),
    ];

    private static IEnumerable<string> Lines<T>(IEnumerable<T> members, Func<T, string> write)
        where T : MemberInfo => members.Select(member => (member.Name, Line: write(member)))
            .OrderBy(member => member.Name, StringComparer.Ordinal)
            .ThenBy(member => member.Line, StringComparer.Ordinal)
            .Select(member => member.Line);

    private static bool IsVisible(FieldInfo field) =>
        !field.IsSpecialName && (field.IsPublic || ((field.IsFamily || field.IsFamilyOrAssembly) && !field.DeclaringType!.IsSealed));

    private static bool IsVisible(PropertyInfo property) =>
        property.GetAccessors(nonPublic: true).Any(IsOpenToOthers) && property.Name != "EqualityContract";

    private static bool IsVisible(MethodBase method) =>
        IsOpenToOthers(method)
        && (!Has<CompilerGeneratedAttribute>(method) || method.Name == "Deconstruct")
        && !method.Name.StartsWith('<');

    private static bool IsOpenToOthers(MethodBase method) =>
        method.IsPublic || ((method.IsFamily || method.IsFamilyOrAssembly) && !method.DeclaringType!.IsSealed);

    private static bool IsOperator(MethodInfo method) => method.Name.StartsWith("op_", StringComparison.Ordinal);

    private static string Field(FieldInfo field)
    {
        string access = field.IsPublic ? "public " : field.IsFamily ? "protected " : "protected internal ";
        string required = Has<RequiredMemberAttribute>(field) ? "required " : "";
        string modifier = field.IsLiteral
            ? "const "
            : $"{(field.IsStatic ? "static " : "")}{required}{(field.IsInitOnly ? "readonly " : "")}";
        string value = field.IsLiteral ? $" = {Value(AsDeclared(field.FieldType, field.GetRawConstantValue()))}" : "";
        string passed = RefOf(field.FieldType, field.GetRequiredCustomModifiers());
        return $"{Attributes(field)}{access}{modifier}{passed}{TypeNames.Of(field)} {field.Name}{value}";
    }

    private static string Event(EventInfo member) =>
        $"{Attributes(member)}{Modifiers(member.AddMethod!)}event {TypeNames.Of(member)} {member.Name}";

    private static string Property(Type type, PropertyInfo property)
    {
        // The property is as open as the more open of its two halves.
        MethodInfo[] accessors =
        [
            .. new[] { property.GetMethod, property.SetMethod }.OfType<MethodInfo>().Where(IsOpenToOthers)
                .OrderByDescending(half => half.IsPublic).ThenByDescending(half => half.IsFamilyOrAssembly),
        ];
        string modifiers = Modifiers(accessors[0]);
        ParameterInfo[] index = property.GetIndexParameters();
        string name = index.Length > 0 ? $"this[{string.Join(", ", index.Select(Parameter))}]" : property.Name;
        string required = Has<RequiredMemberAttribute>(property) ? "required " : "";
        string get = property.GetMethod is { } getter && IsOpenToOthers(getter) ? Access(getter) + "get; " : "";
        string set = property.SetMethod is { } setter && IsOpenToOthers(setter)
            ? Access(setter) + (IsInit(setter) ? "init; " : "set; ")
            : "";
        string passed = RefOf(property.PropertyType, property.GetRequiredCustomModifiers());
        return $"{Attributes(property)}{modifiers}{required}{passed}{TypeNames.Of(property)} {name} {{ {get}{set}}}"
            + Default(type, property);

        string Access(MethodInfo half) => AccessOf(half) == AccessOf(accessors[0]) ? "" : AccessOf(half);
    }

    private static bool IsInit(MethodInfo setter) => setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    /// <summary>What a property is if it is not set, where that can be asked and told in a word.</summary>
    private static string Default(Type type, PropertyInfo property)
    {
        bool isPlain =
            type.GetConstructor([]) is { } made && !Has<SetsRequiredMembersAttribute>(made) && !Has<RequiredMemberAttribute>(type);
        if (!isPlain || property.SetMethod is not { IsPublic: true } || type.IsAbstract || type.ContainsGenericParameters)
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
        string arguments = method.IsGenericMethod
            ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>"
            : "";
        string extended = Has<ExtensionAttribute>(method) ? "this " : "";
        return $"{Attributes(method)}{Modifiers(method)}{Returned(method)} {method.Name}{arguments}"
            + $"({extended}{Parameters(method)}){Constraints(method.GetGenericArguments())}";
    }

    private static string Returned(MethodInfo method) =>
        RefOf(method.ReturnType, method.ReturnParameter.GetRequiredCustomModifiers()) + TypeNames.Of(method.ReturnParameter);

    private static string RefOf(Type type, Type[] modifiers) =>
        !type.IsByRef ? "" : modifiers.Contains(typeof(InAttribute)) ? "ref readonly " : "ref ";

    private static string AccessOf(MethodBase method) =>
        method.IsPublic ? "public " : method.IsFamilyOrAssembly ? "protected internal " : "protected ";

    private static string Modifiers(MethodBase method)
    {
        string access = AccessOf(method);
        if (method.IsStatic)
            return access + "static " + (method.IsAbstract ? "abstract " : method.IsVirtual ? "virtual " : "");
        if (method.DeclaringType!.IsInterface)
            return access + (method.IsVirtual && !method.IsAbstract ? "virtual " : "");
        if (method.DeclaringType is { IsValueType: true } structure
            && Has<IsReadOnlyAttribute>(method)
            && !Has<IsReadOnlyAttribute>(structure))
            access += "readonly ";
        if (!method.IsVirtual)
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
            (true, _, true) => Has<RequiresLocationAttribute>(parameter) ? "ref readonly " : "in ",
            (true, _, _) => "ref ",
            _ => Has<ParamArrayAttribute>(parameter) || Has<ParamCollectionAttribute>(parameter) ? "params " : "",
        };
        string value = !parameter.HasDefaultValue ? ""
            : parameter.RawDefaultValue is null && IsStruct(parameter.ParameterType) ? " = default"
            : $" = {Value(AsDeclared(parameter.ParameterType, parameter.RawDefaultValue))}";
        string scope = Has<ScopedRefAttribute>(parameter) && !passed.StartsWith("params", StringComparison.Ordinal) ? "scoped " : "";
        return $"{Attributes(parameter)}{scope}{passed}{TypeNames.Of(parameter)} {parameter.Name}{value}";
    }

    private static bool IsStruct(Type type) => type.IsValueType && Nullable.GetUnderlyingType(type) is null;

    /// <summary>Metadata has the number of a member of an enumeration.</summary>
    private static object? AsDeclared(Type type, object? value) =>
        value is not null && (Nullable.GetUnderlyingType(type) ?? type) is { IsEnum: true } enumeration
            ? Enum.ToObject(enumeration, value)
            : value;

    private static string Constraints(Type[] arguments) =>
        string.Concat(arguments.Where(argument => argument.IsGenericParameter).Select(argument =>
        {
            GenericParameterAttributes special = argument.GenericParameterAttributes;
            bool isClass = special.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint);
            bool isStruct = special.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint);
            bool isUnmanaged = argument.CustomAttributes.Any(attribute => attribute.AttributeType.Name == "IsUnmanagedAttribute");
            Type[] types = [.. argument.GetGenericParameterConstraints().Where(constraint => constraint != typeof(ValueType))];
            byte nullability = TypeNames.NullabilityOf(argument);
            string?[] all =
            [
                isClass ? nullability == 2 ? "class?" : "class"
                    : isUnmanaged ? "unmanaged"
                    : isStruct ? "struct"
                    : types.Length == 0 && nullability == 1 ? "notnull"
                    : null,
                .. types.Select(TypeNames.Of),
                special.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint) && !isStruct ? "new()" : null,
                special.HasFlag(GenericParameterAttributes.AllowByRefLike) ? "allows ref struct" : null,
            ];
            string[] parts = [.. all.OfType<string>()];
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

    /// <summary>
    /// Ref structs and constructors of types with required members are marked as obsolete for compilers that do not know them.
    /// </summary>
    private static bool IsForOldCompilers(CustomAttributeData attribute) =>
        attribute.AttributeType == typeof(ObsoleteAttribute)
        && attribute.ConstructorArguments is [{ Value: string message }, ..]
        && message.EndsWith("not supported in this version of your compiler.", StringComparison.Ordinal);

    private static string Arguments(CustomAttributeData attribute)
    {
        string[] values =
        [
            .. attribute.ConstructorArguments.Select(Argument),
            .. attribute.NamedArguments.Select(argument => $"{argument.MemberName} = {Argument(argument.TypedValue)}"),
        ];
        return values.Length == 0 ? "" : $"({string.Join(", ", values)})";
    }

    private static string Argument(CustomAttributeTypedArgument argument) => argument.Value switch
    {
        Type type => $"typeof({TypeNames.Of(type)})",
        IEnumerable<CustomAttributeTypedArgument> many => $"[{string.Join(", ", many.Select(Argument))}]",
        { } value when argument.ArgumentType.IsEnum => Enum.GetName(argument.ArgumentType, value)!,
        var value => Value(value),
    };

    private static string Value(object? value) => value switch
    {
        null => "null",
        true => "true",
        false => "false",
        string text => $"\"{Escaped(text)}\"",
        char letter => $"'{Escaped(letter.ToString())}'",
        Enum member =>
            Enum.IsDefined(member.GetType(), member) ? $"{member.GetType().Name}.{member}" : $"({member.GetType().Name}){member:D}",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    /// <summary>One line, whatever the text is.</summary>
    private static string Escaped(string text) =>
        string.Concat(text.Select(c => c is '"' or '\'' or '\\' ? $"\\{c}" : char.IsControl(c) ? $"\\u{(int)c:X4}" : c.ToString()));

    private static bool Has<T>(ICustomAttributeProvider provider)
        where T : Attribute => provider.IsDefined(typeof(T), inherit: false);
}
