using System.Reflection;

namespace WsProto.Docs.Tests.Reference;

/// <summary>The ids by which the compiler names members in XML documentation.</summary>
internal static class DocId
{
    public static string Of(Type type) => $"T:{NameOf(type)}";

    public static string Of(MemberInfo member) => member switch
    {
        MethodBase method =>
            $"M:{NameOf(method.DeclaringType!)}.{(method.IsConstructor ? "#ctor" : method.Name)}{Arity(method)}{Parameters(method)}",
        PropertyInfo property => $"P:{NameOf(property.DeclaringType!)}.{property.Name}{Parameters(property.GetIndexParameters())}",
        FieldInfo field => $"F:{NameOf(field.DeclaringType!)}.{field.Name}",
        _ => "",
    };

    private static string NameOf(Type type) => type.FullName!.Replace('+', '.');

    private static string Arity(MethodBase method) => method.IsGenericMethodDefinition ? $"``{method.GetGenericArguments().Length}" : "";

    private static string Parameters(MethodBase method) => Parameters(method.GetParameters());

    private static string Parameters(ParameterInfo[] parameters) =>
        parameters.Length == 0 ? "" : $"({string.Join(',', parameters.Select(parameter => ParameterType(parameter.ParameterType)))})";

    private static string ParameterType(Type type)
    {
        if (type.IsByRef)
            return $"{ParameterType(type.GetElementType()!)}@";
        if (type.IsArray)
            return $"{ParameterType(type.GetElementType()!)}[]";
        if (type.IsGenericMethodParameter)
            return $"``{type.GenericParameterPosition}";
        if (type.IsGenericTypeParameter)
            return $"`{type.GenericParameterPosition}";
        if (!type.IsGenericType)
            return NameOf(type);
        string name = NameOf(type.GetGenericTypeDefinition()).Split('`')[0];
        return $"{name}{{{string.Join(',', type.GetGenericArguments().Select(ParameterType))}}}";
    }
}
