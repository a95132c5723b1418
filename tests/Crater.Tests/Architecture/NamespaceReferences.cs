using System.Reflection;
using System.Reflection.Emit;

namespace Crater.Tests.Architecture;

/// <summary>Which namespaces a compiled type really refers to: in its signatures and in the code of its methods.</summary>
internal static class NamespaceReferences
{
    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodeByValue = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    public static IEnumerable<(Type From, Type To)> Of(Assembly assembly) =>
        from type in assembly.GetTypes()
        from used in Used(type).SelectMany(Unwrap).Distinct()
        where used.Namespace?.StartsWith("Crater", StringComparison.Ordinal) == true && used != type
        select (type, used);

    private static IEnumerable<Type> Used(Type type)
    {
        IEnumerable<Type> signatures = [.. type.GetInterfaces(), .. type.GetFields(All).Select(field => field.FieldType)];
        if (type.BaseType is { } parent)
        {
            signatures = signatures.Append(parent);
        }

        MethodBase[] methods = [.. type.GetMethods(All), .. type.GetConstructors(All)];
        return signatures.Concat(methods.SelectMany(UsedBy));
    }

    private static IEnumerable<Type> UsedBy(MethodBase method)
    {
        var signature = method.GetParameters().Select(parameter => parameter.ParameterType);
        if (method is MethodInfo { ReturnType: var returned })
        {
            signature = signature.Append(returned);
        }

        var body = method.GetMethodBody();
        return body is null ? signature : [.. signature, .. body.LocalVariables.Select(local => local.LocalType), .. Code(method, body)];
    }

    private static IEnumerable<Type> Code(MethodBase method, MethodBody body)
    {
        var il = body.GetILAsByteArray() ?? [];
        for (var at = 0; at < il.Length;)
        {
            var value = (short)il[at++];
            if (value == 0xFE)
            {
                value = (short)(0xFE00 | il[at++]);
            }

            var code = OpCodeByValue[value];
            if (code.OperandType is OperandType.InlineTok or OperandType.InlineType or OperandType.InlineMethod or OperandType.InlineField)
            {
                foreach (var used in Resolve(method, BitConverter.ToInt32(il, at)))
                {
                    yield return used;
                }
            }

            at += OperandSize(code, il, at);
        }
    }

    private static IEnumerable<Type> Resolve(MethodBase method, int token)
    {
        var typeArguments = method.DeclaringType?.GetGenericArguments();
        var methodArguments = method.IsGenericMethodDefinition ? method.GetGenericArguments() : null;
        return method.Module.ResolveMember(token, typeArguments, methodArguments) switch
        {
            Type type => [type],
            MethodInfo called => [called.DeclaringType!, called.ReturnType, .. called.IsGenericMethod ? called.GetGenericArguments() : []],
            MemberInfo { DeclaringType: { } declaring } => [declaring],
            _ => [],
        };
    }

    private static int OperandSize(OpCode code, byte[] il, int at) => code.OperandType switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, at)),
        _ => 4,
    };

    private static IEnumerable<Type> Unwrap(Type type)
    {
        if (type.HasElementType)
        {
            return Unwrap(type.GetElementType()!);
        }

        if (type.IsGenericParameter)
        {
            return [];
        }

        return type.IsGenericType ? [type.GetGenericTypeDefinition(), .. type.GetGenericArguments().SelectMany(Unwrap)] : [type];
    }
}
