import js from "@eslint/js";
import { defineConfig } from "eslint/config";

export default defineConfig([
  {
    files: ["titan/sandbox/page/static/*.js"],
    extends: [js.configs.recommended],
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      // tsc knows which names a browser has.
      "no-undef": "off",
      "array-callback-return": "error",
      "complexity": ["error", 15],
      "consistent-return": "error",
      "eqeqeq": "error",
      "func-style": ["error", "declaration", { allowArrowFunctions: true }],
      "max-len": ["error", { code: 130 }],
      "max-lines-per-function": ["error", 40],
      "no-else-return": "error",
      "no-implicit-coercion": ["error", { allow: ["!!"] }],
      "no-shadow": "error",
      "no-restricted-properties": ["error", { property: "innerHTML" }, { property: "outerHTML" }],
      "no-restricted-syntax": ["error", "CallExpression[callee.property.name='insertAdjacentHTML']"],
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
      "prefer-template": "error",
      "require-await": "error",
    },
  },
]);
