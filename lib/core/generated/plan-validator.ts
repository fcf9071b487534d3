// Generated from docs/plan.schema.json by `npm run generate:plan`; do not edit.
// @ts-nocheck
var __getOwnPropNames = Object.getOwnPropertyNames;
var __commonJS = (cb, mod) => function() {
  try {
    return mod || (0, cb[__getOwnPropNames(cb)[0]])((mod = { exports: {} }).exports, mod), mod.exports;
  } catch (e) {
    throw mod = 0, e;
  }
};

// node_modules/ajv/dist/runtime/ucs2length.js
var require_ucs2length = __commonJS({
  "node_modules/ajv/dist/runtime/ucs2length.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: !0 });
    function ucs2length(str) {
      let len = str.length, length = 0, pos = 0, value;
      for (; pos < len; )
        length++, value = str.charCodeAt(pos++), value >= 55296 && value <= 56319 && pos < len && (value = str.charCodeAt(pos), (value & 64512) === 56320 && pos++);
      return length;
    }
    exports.default = ucs2length;
    ucs2length.code = 'require("ajv/dist/runtime/ucs2length").default';
  }
});

// <stdin>
var validate = validate21, stdin_default = validate21;
var pattern0 = new RegExp("^stage-(?!0$)(?!.*-up$)(?!.*\\.\\.)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$", "u");
function validate23(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
  let vErrors = null, errors = 0;
  if (errors === 0)
    if (typeof data == "string") {
      if (!pattern0.test(data))
        return validate23.errors = [{ instancePath, schemaPath: "#/pattern", keyword: "pattern", params: { pattern: "^stage-(?!0$)(?!.*-up$)(?!.*\\.\\.)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$" } }], !1;
    } else
      return validate23.errors = [{ instancePath, schemaPath: "#/type", keyword: "type", params: { type: "string" } }], !1;
  return validate23.errors = vErrors, errors === 0;
}
var pattern1 = new RegExp("^(?:1|[1-9][0-9]*/[1-9][0-9]*)$", "u");
function validate25(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
  let vErrors = null, errors = 0;
  if (errors === 0)
    if (typeof data == "string") {
      if (!pattern1.test(data))
        return validate25.errors = [{ instancePath, schemaPath: "#/pattern", keyword: "pattern", params: { pattern: "^(?:1|[1-9][0-9]*/[1-9][0-9]*)$" } }], !1;
    } else
      return validate25.errors = [{ instancePath, schemaPath: "#/type", keyword: "type", params: { type: "string" } }], !1;
  return validate25.errors = vErrors, errors === 0;
}
function validate22(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
  let vErrors = null, errors = 0;
  if (errors === 0)
    if (data && typeof data == "object" && !Array.isArray(data)) {
      let missing0;
      if (data.folder === void 0 && (missing0 = "folder") || data.weight === void 0 && (missing0 = "weight"))
        return validate22.errors = [{ instancePath, schemaPath: "#/required", keyword: "required", params: { missingProperty: missing0 } }], !1;
      {
        let _errs1 = errors;
        for (let key0 in data)
          if (!(key0 === "folder" || key0 === "weight")) {
            return validate22.errors = [{ instancePath, schemaPath: "#/additionalProperties", keyword: "additionalProperties", params: { additionalProperty: key0 } }], !1;
            break;
          }
        if (_errs1 === errors) {
          if (data.folder !== void 0) {
            let _errs2 = errors;
            validate23(data.folder, { instancePath: instancePath + "/folder", parentData: data, parentDataProperty: "folder", rootData }) || (vErrors = vErrors === null ? validate23.errors : vErrors.concat(validate23.errors), errors = vErrors.length);
            var valid0 = _errs2 === errors;
          } else
            var valid0 = !0;
          if (valid0)
            if (data.weight !== void 0) {
              let _errs3 = errors;
              validate25(data.weight, { instancePath: instancePath + "/weight", parentData: data, parentDataProperty: "weight", rootData }) || (vErrors = vErrors === null ? validate25.errors : vErrors.concat(validate25.errors), errors = vErrors.length);
              var valid0 = _errs3 === errors;
            } else
              var valid0 = !0;
        }
      }
    } else
      return validate22.errors = [{ instancePath, schemaPath: "#/type", keyword: "type", params: { type: "object" } }], !1;
  return validate22.errors = vErrors, errors === 0;
}
var pattern2 = new RegExp("^(?:stage-(?!0-up$)(?!.*\\.\\.)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|promoted(?:-(?:up|route))?)$", "u");
function validate28(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
  let vErrors = null, errors = 0;
  if (errors === 0)
    if (typeof data == "string") {
      if (!pattern2.test(data))
        return validate28.errors = [{ instancePath, schemaPath: "#/pattern", keyword: "pattern", params: { pattern: "^(?:stage-(?!0-up$)(?!.*\\.\\.)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|promoted(?:-(?:up|route))?)$" } }], !1;
    } else
      return validate28.errors = [{ instancePath, schemaPath: "#/type", keyword: "type", params: { type: "string" } }], !1;
  return validate28.errors = vErrors, errors === 0;
}
var pattern3 = new RegExp("^(?:stage-(?!0$)(?!.*-up$)(?!.*\\.\\.)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|promoted)$", "u");
function validate30(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
  let vErrors = null, errors = 0;
  if (errors === 0)
    if (typeof data == "string") {
      if (!pattern3.test(data))
        return validate30.errors = [{ instancePath, schemaPath: "#/pattern", keyword: "pattern", params: { pattern: "^(?:stage-(?!0$)(?!.*-up$)(?!.*\\.\\.)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|promoted)$" } }], !1;
    } else
      return validate30.errors = [{ instancePath, schemaPath: "#/type", keyword: "type", params: { type: "string" } }], !1;
  return validate30.errors = vErrors, errors === 0;
}
var pattern4 = new RegExp("^(?:(?:rollback/from-)?stage-(?!.*\\.\\.)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|promoted(?:-(?:up|route))?)$", "u");
function validate32(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
  let vErrors = null, errors = 0;
  if (errors === 0)
    if (typeof data == "string") {
      if (!pattern4.test(data))
        return validate32.errors = [{ instancePath, schemaPath: "#/pattern", keyword: "pattern", params: { pattern: "^(?:(?:rollback/from-)?stage-(?!.*\\.\\.)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|promoted(?:-(?:up|route))?)$" } }], !1;
    } else
      return validate32.errors = [{ instancePath, schemaPath: "#/type", keyword: "type", params: { type: "string" } }], !1;
  return validate32.errors = vErrors, errors === 0;
}
var schema13 = { type: "object", properties: { path: { type: "string", minLength: 1 }, namespace: { $ref: "#/$defs/namespace" }, service: { type: "string", examples: ["shop"], pattern: "^[a-z](?:[-a-z0-9]*[a-z0-9])?$", maxLength: 63 }, hasService: { type: "boolean" }, selector: { $ref: "#/$defs/labels" }, router: { enum: ["pods", "istio", "gateway"] }, implementation: { type: "string", examples: ["envoy-gateway"], pattern: "^[a-z]+(?:-[a-z]+)*$" }, promotion: { enum: ["swap", "roll"] }, release: { type: "string", examples: ["0123456789abcdef"], pattern: "^[0-9a-f]{16}$" }, baseline: { type: "integer", minimum: 1, maximum: 15e4 }, floor: { type: "integer", minimum: 1, maximum: 15e4 }, autoscaling: { type: "object", properties: { min: { type: "integer", minimum: 1, maximum: 15e4 }, max: { type: "integer", minimum: 1, maximum: 15e4 }, sizing: { enum: ["live", "peak"] } }, required: ["min", "max", "sizing"], additionalProperties: !1 }, stable: { $ref: "#/$defs/track" }, canary: { $ref: "#/$defs/track" }, configuration: { type: "array", items: { $ref: "#/$defs/configuration" } }, stages: { type: "array", items: { $ref: "#/$defs/pairStage" } }, gates: { $ref: "#/$defs/gates" }, costs: { type: "object", properties: { chosen: { $ref: "#/$defs/cost" }, exact: { $ref: "#/$defs/cost" }, fixed: { $ref: "#/$defs/cost" } }, additionalProperties: !1 }, states: { type: "object", properties: { "stage-0": { $ref: "#/$defs/state" } }, propertyNames: { $ref: "#/$defs/folder" }, additionalProperties: { $ref: "#/$defs/state" }, required: ["stage-0"] }, transitions: { type: "array", items: { $ref: "#/$defs/transition" } } }, required: ["path", "service", "router", "promotion", "release", "baseline", "floor", "stable", "stages", "costs", "states", "transitions"], additionalProperties: !1 }, func2 = Object.prototype.hasOwnProperty, func3 = require_ucs2length().default;
var pattern5 = new RegExp("^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$", "u");
function validate35(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
  let vErrors = null, errors = 0;
  if (errors === 0)
    if (typeof data == "string") {
      if (func3(data) > 63)
        return validate35.errors = [{ instancePath, schemaPath: "#/maxLength", keyword: "maxLength", params: { limit: 63 } }], !1;
      if (!pattern5.test(data))
        return validate35.errors = [{ instancePath, schemaPath: "#/pattern", keyword: "pattern", params: { pattern: "^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$" } }], !1;
    } else
      return validate35.errors = [{ instancePath, schemaPath: "#/type", keyword: "type", params: { type: "string" } }], !1;
  return validate35.errors = vErrors, errors === 0;
}
function validate37(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
  let vErrors = null, errors = 0;
  if (errors === 0)
    if (data && typeof data == "object" && !Array.isArray(data))
      for (let key0 in data) {
        let data0 = data[key0], _errs2 = errors;
        if (errors === _errs2)
          if (typeof data0 == "string") {
            if (func3(data0) > 63)
              return validate37.errors = [{ instancePath: instancePath + "/" + key0.replace(/~/g, "~0").replace(/\//g, "~1"), schemaPath: "#/additionalProperties/maxLength", keyword: "maxLength", params: { limit: 63 } }], !1;
          } else
            return validate37.errors = [{ instancePath: instancePath + "/" + key0.replace(/~/g, "~0").replace(/\//g, "~1"), schemaPath: "#/additionalProperties/type", keyword: "type", params: { type: "string" } }], !1;
        var valid0 = _errs2 === errors;
        if (!valid0)
          break;
      }
    else
      return validate37.errors = [{ instancePath, schemaPath: "#/type", keyword: "type", params: { type: "object" } }], !1;
  return validate37.errors = vErrors, errors === 0;
}
function validate40(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
  let vErrors = null, errors = 0;
  if (errors === 0)
    if (typeof data == "string") {
      if (func3(data) > 63)
        return validate40.errors = [{ instancePath, schemaPath: "#/maxLength", keyword: "maxLength", params: { limit: 63 } }], !1;
      if (!pattern5.test(data))
        return validate40.errors = [{ instancePath, schemaPath: "#/pattern", keyword: "pattern", params: { pattern: "^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$" } }], !1;
    } else
      return validate40.errors = [{ instancePath, schemaPath: "#/type", keyword: "type", params: { type: "string" } }], !1;
  return validate40.errors = vErrors, errors === 0;
}
var pattern14 = new RegExp("^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$", "u");
function validate43(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
  let vErrors = null, errors = 0;
  if (errors === 0)
    if (typeof data == "string") {
      if (func3(data) > 253)
        return validate43.errors = [{ instancePath, schemaPath: "#/maxLength", keyword: "maxLength", params: { limit: 253 } }], !1;
      if (!pattern14.test(data))
        return validate43.errors = [{ instancePath, schemaPath: "#/pattern", keyword: "pattern", params: { pattern: "^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$" } }], !1;
    } else
      return validate43.errors = [{ instancePath, schemaPath: "#/type", keyword: "type", params: { type: "string" } }], !1;
  return validate43.errors = vErrors, errors === 0;
}
var pattern10 = new RegExp("^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$", "u"), pattern11 = new RegExp("^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$", "u"), pattern6 = new RegExp("^[a-z](?:[-a-z0-9]*[a-z0-9])?$", "u"), pattern8 = new RegExp("^[0-9a-f]{16}$", "u");
function validate39(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
  let vErrors = null, errors = 0;
  if (errors === 0)
    if (data && typeof data == "object" && !Array.isArray(data)) {
      let missing0;
      if (data.deployment === void 0 && (missing0 = "deployment") || data.version === void 0 && (missing0 = "version") || data.subset === void 0 && (missing0 = "subset"))
        return validate39.errors = [{ instancePath, schemaPath: "#/required", keyword: "required", params: { missingProperty: missing0 } }], !1;
      {
        let _errs1 = errors;
        for (let key0 in data)
          if (!(key0 === "deployment" || key0 === "version" || key0 === "subset" || key0 === "service" || key0 === "selector" || key0 === "template" || key0 === "configs")) {
            return validate39.errors = [{ instancePath, schemaPath: "#/additionalProperties", keyword: "additionalProperties", params: { additionalProperty: key0 } }], !1;
            break;
          }
        if (_errs1 === errors) {
          if (data.deployment !== void 0) {
            let _errs2 = errors;
            validate40(data.deployment, { instancePath: instancePath + "/deployment", parentData: data, parentDataProperty: "deployment", rootData }) || (vErrors = vErrors === null ? validate40.errors : vErrors.concat(validate40.errors), errors = vErrors.length);
            var valid0 = _errs2 === errors;
          } else
            var valid0 = !0;
          if (valid0) {
            if (data.version !== void 0) {
              let data1 = data.version, _errs3 = errors;
              if (errors === _errs3)
                if (typeof data1 == "string") {
                  if (func3(data1) > 63)
                    return validate39.errors = [{ instancePath: instancePath + "/version", schemaPath: "#/properties/version/maxLength", keyword: "maxLength", params: { limit: 63 } }], !1;
                  if (!pattern10.test(data1))
                    return validate39.errors = [{ instancePath: instancePath + "/version", schemaPath: "#/properties/version/pattern", keyword: "pattern", params: { pattern: "^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$" } }], !1;
                } else
                  return validate39.errors = [{ instancePath: instancePath + "/version", schemaPath: "#/properties/version/type", keyword: "type", params: { type: "string" } }], !1;
              var valid0 = _errs3 === errors;
            } else
              var valid0 = !0;
            if (valid0) {
              if (data.subset !== void 0) {
                let data2 = data.subset, _errs5 = errors;
                if (errors === _errs5)
                  if (typeof data2 == "string") {
                    if (func3(data2) > 63)
                      return validate39.errors = [{ instancePath: instancePath + "/subset", schemaPath: "#/properties/subset/maxLength", keyword: "maxLength", params: { limit: 63 } }], !1;
                    if (!pattern11.test(data2))
                      return validate39.errors = [{ instancePath: instancePath + "/subset", schemaPath: "#/properties/subset/pattern", keyword: "pattern", params: { pattern: "^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$" } }], !1;
                  } else
                    return validate39.errors = [{ instancePath: instancePath + "/subset", schemaPath: "#/properties/subset/type", keyword: "type", params: { type: "string" } }], !1;
                var valid0 = _errs5 === errors;
              } else
                var valid0 = !0;
              if (valid0) {
                if (data.service !== void 0) {
                  let data3 = data.service, _errs7 = errors;
                  if (errors === _errs7)
                    if (typeof data3 == "string") {
                      if (func3(data3) > 63)
                        return validate39.errors = [{ instancePath: instancePath + "/service", schemaPath: "#/properties/service/maxLength", keyword: "maxLength", params: { limit: 63 } }], !1;
                      if (!pattern6.test(data3))
                        return validate39.errors = [{ instancePath: instancePath + "/service", schemaPath: "#/properties/service/pattern", keyword: "pattern", params: { pattern: "^[a-z](?:[-a-z0-9]*[a-z0-9])?$" } }], !1;
                    } else
                      return validate39.errors = [{ instancePath: instancePath + "/service", schemaPath: "#/properties/service/type", keyword: "type", params: { type: "string" } }], !1;
                  var valid0 = _errs7 === errors;
                } else
                  var valid0 = !0;
                if (valid0) {
                  if (data.selector !== void 0) {
                    let _errs9 = errors;
                    validate37(data.selector, { instancePath: instancePath + "/selector", parentData: data, parentDataProperty: "selector", rootData }) || (vErrors = vErrors === null ? validate37.errors : vErrors.concat(validate37.errors), errors = vErrors.length);
                    var valid0 = _errs9 === errors;
                  } else
                    var valid0 = !0;
                  if (valid0) {
                    if (data.template !== void 0) {
                      let data5 = data.template, _errs10 = errors;
                      if (errors === _errs10)
                        if (typeof data5 == "string") {
                          if (!pattern8.test(data5))
                            return validate39.errors = [{ instancePath: instancePath + "/template", schemaPath: "#/properties/template/pattern", keyword: "pattern", params: { pattern: "^[0-9a-f]{16}$" } }], !1;
                        } else
                          return validate39.errors = [{ instancePath: instancePath + "/template", schemaPath: "#/properties/template/type", keyword: "type", params: { type: "string" } }], !1;
                      var valid0 = _errs10 === errors;
                    } else
                      var valid0 = !0;
                    if (valid0)
                      if (data.configs !== void 0) {
                        let data6 = data.configs, _errs12 = errors;
                        if (errors === _errs12)
                          if (Array.isArray(data6)) {
                            var valid1 = !0;
                            let len0 = data6.length;
                            for (let i0 = 0; i0 < len0; i0++) {
                              let _errs14 = errors;
                              validate43(data6[i0], { instancePath: instancePath + "/configs/" + i0, parentData: data6, parentDataProperty: i0, rootData }) || (vErrors = vErrors === null ? validate43.errors : vErrors.concat(validate43.errors), errors = vErrors.length);
                              var valid1 = _errs14 === errors;
                              if (!valid1)
                                break;
                            }
                          } else
                            return validate39.errors = [{ instancePath: instancePath + "/configs", schemaPath: "#/properties/configs/type", keyword: "type", params: { type: "array" } }], !1;
                        var valid0 = _errs12 === errors;
                      } else
                        var valid0 = !0;
                  }
                }
              }
            }
          }
        }
      }
    } else
      return validate39.errors = [{ instancePath, schemaPath: "#/type", keyword: "type", params: { type: "object" } }], !1;
  return validate39.errors = vErrors, errors === 0;
}
var schema19 = { type: "object", properties: { kind: { enum: ["ConfigMap", "Secret"] }, name: { $ref: "#/$defs/objectName" }, digest: { type: "string", examples: ["0123456789abcdef"], pattern: "^[0-9a-f]{16}$" } }, required: ["kind", "name", "digest"], additionalProperties: !1 };
function validate47(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
  let vErrors = null, errors = 0;
  if (errors === 0)
    if (data && typeof data == "object" && !Array.isArray(data)) {
      let missing0;
      if (data.kind === void 0 && (missing0 = "kind") || data.name === void 0 && (missing0 = "name") || data.digest === void 0 && (missing0 = "digest"))
        return validate47.errors = [{ instancePath, schemaPath: "#/required", keyword: "required", params: { missingProperty: missing0 } }], !1;
      {
        let _errs1 = errors;
        for (let key0 in data)
          if (!(key0 === "kind" || key0 === "name" || key0 === "digest")) {
            return validate47.errors = [{ instancePath, schemaPath: "#/additionalProperties", keyword: "additionalProperties", params: { additionalProperty: key0 } }], !1;
            break;
          }
        if (_errs1 === errors) {
          if (data.kind !== void 0) {
            let data0 = data.kind, _errs2 = errors;
            if (!(data0 === "ConfigMap" || data0 === "Secret"))
              return validate47.errors = [{ instancePath: instancePath + "/kind", schemaPath: "#/properties/kind/enum", keyword: "enum", params: { allowedValues: schema19.properties.kind.enum } }], !1;
            var valid0 = _errs2 === errors;
          } else
            var valid0 = !0;
          if (valid0) {
            if (data.name !== void 0) {
              let _errs3 = errors;
              validate43(data.name, { instancePath: instancePath + "/name", parentData: data, parentDataProperty: "name", rootData }) || (vErrors = vErrors === null ? validate43.errors : vErrors.concat(validate43.errors), errors = vErrors.length);
              var valid0 = _errs3 === errors;
            } else
              var valid0 = !0;
            if (valid0)
              if (data.digest !== void 0) {
                let data2 = data.digest, _errs4 = errors;
                if (errors === _errs4)
                  if (typeof data2 == "string") {
                    if (!pattern8.test(data2))
                      return validate47.errors = [{ instancePath: instancePath + "/digest", schemaPath: "#/properties/digest/pattern", keyword: "pattern", params: { pattern: "^[0-9a-f]{16}$" } }], !1;
                  } else
                    return validate47.errors = [{ instancePath: instancePath + "/digest", schemaPath: "#/properties/digest/type", keyword: "type", params: { type: "string" } }], !1;
                var valid0 = _errs4 === errors;
              } else
                var valid0 = !0;
          }
        }
      }
    } else
      return validate47.errors = [{ instancePath, schemaPath: "#/type", keyword: "type", params: { type: "object" } }], !1;
  return validate47.errors = vErrors, errors === 0;
}
var pattern16 = new RegExp("^(?:0|-?[1-9][0-9]*/[1-9][0-9]*)$", "u");
function validate54(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
  let vErrors = null, errors = 0;
  if (errors === 0)
    if (typeof data == "string") {
      if (!pattern16.test(data))
        return validate54.errors = [{ instancePath, schemaPath: "#/pattern", keyword: "pattern", params: { pattern: "^(?:0|-?[1-9][0-9]*/[1-9][0-9]*)$" } }], !1;
    } else
      return validate54.errors = [{ instancePath, schemaPath: "#/type", keyword: "type", params: { type: "string" } }], !1;
  return validate54.errors = vErrors, errors === 0;
}
function validate56(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
  let vErrors = null, errors = 0;
  if (!(typeof data == "number" && !(data % 1) && !isNaN(data) && isFinite(data)))
    return validate56.errors = [{ instancePath, schemaPath: "#/type", keyword: "type", params: { type: "integer" } }], !1;
  if (errors === 0 && typeof data == "number" && isFinite(data)) {
    if (data > 3e5 || isNaN(data))
      return validate56.errors = [{ instancePath, schemaPath: "#/maximum", keyword: "maximum", params: { comparison: "<=", limit: 3e5 } }], !1;
    if (data < 0 || isNaN(data))
      return validate56.errors = [{ instancePath, schemaPath: "#/minimum", keyword: "minimum", params: { comparison: ">=", limit: 0 } }], !1;
  }
  return validate56.errors = vErrors, errors === 0;
}
function validate61(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
  let vErrors = null, errors = 0;
  if (errors === 0)
    if (data && typeof data == "object" && !Array.isArray(data)) {
      let missing0;
      if (data.alpha === void 0 && (missing0 = "alpha") || data.beta === void 0 && (missing0 = "beta") || data.errors === void 0 && (missing0 = "errors") || data.share === void 0 && (missing0 = "share"))
        return validate61.errors = [{ instancePath, schemaPath: "#/required", keyword: "required", params: { missingProperty: missing0 } }], !1;
      {
        let _errs1 = errors;
        for (let key0 in data)
          if (!(key0 === "alpha" || key0 === "beta" || key0 === "errors" || key0 === "latency" || key0 === "share" || key0 === "traffic")) {
            return validate61.errors = [{ instancePath, schemaPath: "#/additionalProperties", keyword: "additionalProperties", params: { additionalProperty: key0 } }], !1;
            break;
          }
        if (_errs1 === errors) {
          if (data.alpha !== void 0) {
            let data0 = data.alpha, _errs2 = errors;
            if (errors === _errs2)
              if (typeof data0 == "number" && isFinite(data0)) {
                if (data0 > 0.5 || isNaN(data0))
                  return validate61.errors = [{ instancePath: instancePath + "/alpha", schemaPath: "#/properties/alpha/maximum", keyword: "maximum", params: { comparison: "<=", limit: 0.5 } }], !1;
                if (data0 <= 0 || isNaN(data0))
                  return validate61.errors = [{ instancePath: instancePath + "/alpha", schemaPath: "#/properties/alpha/exclusiveMinimum", keyword: "exclusiveMinimum", params: { comparison: ">", limit: 0 } }], !1;
              } else
                return validate61.errors = [{ instancePath: instancePath + "/alpha", schemaPath: "#/properties/alpha/type", keyword: "type", params: { type: "number" } }], !1;
            var valid0 = _errs2 === errors;
          } else
            var valid0 = !0;
          if (valid0) {
            if (data.beta !== void 0) {
              let data1 = data.beta, _errs4 = errors;
              if (errors === _errs4)
                if (typeof data1 == "number" && isFinite(data1)) {
                  if (data1 > 0.5 || isNaN(data1))
                    return validate61.errors = [{ instancePath: instancePath + "/beta", schemaPath: "#/properties/beta/maximum", keyword: "maximum", params: { comparison: "<=", limit: 0.5 } }], !1;
                  if (data1 <= 0 || isNaN(data1))
                    return validate61.errors = [{ instancePath: instancePath + "/beta", schemaPath: "#/properties/beta/exclusiveMinimum", keyword: "exclusiveMinimum", params: { comparison: ">", limit: 0 } }], !1;
                } else
                  return validate61.errors = [{ instancePath: instancePath + "/beta", schemaPath: "#/properties/beta/type", keyword: "type", params: { type: "number" } }], !1;
              var valid0 = _errs4 === errors;
            } else
              var valid0 = !0;
            if (valid0) {
              if (data.errors !== void 0) {
                let data2 = data.errors, _errs6 = errors;
                if (errors === _errs6)
                  if (data2 && typeof data2 == "object" && !Array.isArray(data2)) {
                    let missing1;
                    if (data2.tolerance === void 0 && (missing1 = "tolerance") || data2.margin === void 0 && (missing1 = "margin"))
                      return validate61.errors = [{ instancePath: instancePath + "/errors", schemaPath: "#/properties/errors/required", keyword: "required", params: { missingProperty: missing1 } }], !1;
                    {
                      let _errs8 = errors;
                      for (let key1 in data2)
                        if (!(key1 === "tolerance" || key1 === "margin" || key1 === "limit")) {
                          return validate61.errors = [{ instancePath: instancePath + "/errors", schemaPath: "#/properties/errors/additionalProperties", keyword: "additionalProperties", params: { additionalProperty: key1 } }], !1;
                          break;
                        }
                      if (_errs8 === errors) {
                        if (data2.tolerance !== void 0) {
                          let data3 = data2.tolerance, _errs9 = errors;
                          if (errors === _errs9)
                            if (typeof data3 == "number" && isFinite(data3)) {
                              if (data3 > 0.5 || isNaN(data3))
                                return validate61.errors = [{ instancePath: instancePath + "/errors/tolerance", schemaPath: "#/properties/errors/properties/tolerance/maximum", keyword: "maximum", params: { comparison: "<=", limit: 0.5 } }], !1;
                              if (data3 < 0 || isNaN(data3))
                                return validate61.errors = [{ instancePath: instancePath + "/errors/tolerance", schemaPath: "#/properties/errors/properties/tolerance/minimum", keyword: "minimum", params: { comparison: ">=", limit: 0 } }], !1;
                            } else
                              return validate61.errors = [{ instancePath: instancePath + "/errors/tolerance", schemaPath: "#/properties/errors/properties/tolerance/type", keyword: "type", params: { type: "number" } }], !1;
                          var valid1 = _errs9 === errors;
                        } else
                          var valid1 = !0;
                        if (valid1) {
                          if (data2.margin !== void 0) {
                            let data4 = data2.margin, _errs11 = errors;
                            if (errors === _errs11)
                              if (typeof data4 == "number" && isFinite(data4)) {
                                if (data4 > 0.5 || isNaN(data4))
                                  return validate61.errors = [{ instancePath: instancePath + "/errors/margin", schemaPath: "#/properties/errors/properties/margin/maximum", keyword: "maximum", params: { comparison: "<=", limit: 0.5 } }], !1;
                                if (data4 <= 0 || isNaN(data4))
                                  return validate61.errors = [{ instancePath: instancePath + "/errors/margin", schemaPath: "#/properties/errors/properties/margin/exclusiveMinimum", keyword: "exclusiveMinimum", params: { comparison: ">", limit: 0 } }], !1;
                              } else
                                return validate61.errors = [{ instancePath: instancePath + "/errors/margin", schemaPath: "#/properties/errors/properties/margin/type", keyword: "type", params: { type: "number" } }], !1;
                            var valid1 = _errs11 === errors;
                          } else
                            var valid1 = !0;
                          if (valid1)
                            if (data2.limit !== void 0) {
                              let data5 = data2.limit, _errs13 = errors;
                              if (errors === _errs13)
                                if (typeof data5 == "number" && isFinite(data5)) {
                                  if (data5 >= 1 || isNaN(data5))
                                    return validate61.errors = [{ instancePath: instancePath + "/errors/limit", schemaPath: "#/properties/errors/properties/limit/exclusiveMaximum", keyword: "exclusiveMaximum", params: { comparison: "<", limit: 1 } }], !1;
                                  if (data5 <= 0 || isNaN(data5))
                                    return validate61.errors = [{ instancePath: instancePath + "/errors/limit", schemaPath: "#/properties/errors/properties/limit/exclusiveMinimum", keyword: "exclusiveMinimum", params: { comparison: ">", limit: 0 } }], !1;
                                } else
                                  return validate61.errors = [{ instancePath: instancePath + "/errors/limit", schemaPath: "#/properties/errors/properties/limit/type", keyword: "type", params: { type: "number" } }], !1;
                              var valid1 = _errs13 === errors;
                            } else
                              var valid1 = !0;
                        }
                      }
                    }
                  } else
                    return validate61.errors = [{ instancePath: instancePath + "/errors", schemaPath: "#/properties/errors/type", keyword: "type", params: { type: "object" } }], !1;
                var valid0 = _errs6 === errors;
              } else
                var valid0 = !0;
              if (valid0) {
                if (data.latency !== void 0) {
                  let data6 = data.latency, _errs15 = errors;
                  if (errors === _errs15)
                    if (data6 && typeof data6 == "object" && !Array.isArray(data6)) {
                      let missing2;
                      if (data6.quantiles === void 0 && (missing2 = "quantiles") || data6.tolerance === void 0 && (missing2 = "tolerance") || data6.margin === void 0 && (missing2 = "margin") || data6.slackMilliseconds === void 0 && (missing2 = "slackMilliseconds"))
                        return validate61.errors = [{ instancePath: instancePath + "/latency", schemaPath: "#/properties/latency/required", keyword: "required", params: { missingProperty: missing2 } }], !1;
                      {
                        let _errs17 = errors;
                        for (let key2 in data6)
                          if (!(key2 === "quantiles" || key2 === "tolerance" || key2 === "margin" || key2 === "slackMilliseconds")) {
                            return validate61.errors = [{ instancePath: instancePath + "/latency", schemaPath: "#/properties/latency/additionalProperties", keyword: "additionalProperties", params: { additionalProperty: key2 } }], !1;
                            break;
                          }
                        if (_errs17 === errors) {
                          if (data6.quantiles !== void 0) {
                            let data7 = data6.quantiles, _errs18 = errors;
                            if (errors === _errs18)
                              if (Array.isArray(data7)) {
                                if (data7.length > 10)
                                  return validate61.errors = [{ instancePath: instancePath + "/latency/quantiles", schemaPath: "#/properties/latency/properties/quantiles/maxItems", keyword: "maxItems", params: { limit: 10 } }], !1;
                                if (data7.length < 1)
                                  return validate61.errors = [{ instancePath: instancePath + "/latency/quantiles", schemaPath: "#/properties/latency/properties/quantiles/minItems", keyword: "minItems", params: { limit: 1 } }], !1;
                                {
                                  var valid3 = !0;
                                  let len0 = data7.length;
                                  for (let i0 = 0; i0 < len0; i0++) {
                                    let data8 = data7[i0], _errs20 = errors;
                                    if (errors === _errs20)
                                      if (typeof data8 == "number" && isFinite(data8)) {
                                        if (data8 >= 1 || isNaN(data8))
                                          return validate61.errors = [{ instancePath: instancePath + "/latency/quantiles/" + i0, schemaPath: "#/properties/latency/properties/quantiles/items/exclusiveMaximum", keyword: "exclusiveMaximum", params: { comparison: "<", limit: 1 } }], !1;
                                        if (data8 <= 0 || isNaN(data8))
                                          return validate61.errors = [{ instancePath: instancePath + "/latency/quantiles/" + i0, schemaPath: "#/properties/latency/properties/quantiles/items/exclusiveMinimum", keyword: "exclusiveMinimum", params: { comparison: ">", limit: 0 } }], !1;
                                      } else
                                        return validate61.errors = [{ instancePath: instancePath + "/latency/quantiles/" + i0, schemaPath: "#/properties/latency/properties/quantiles/items/type", keyword: "type", params: { type: "number" } }], !1;
                                    var valid3 = _errs20 === errors;
                                    if (!valid3)
                                      break;
                                  }
                                  if (valid3) {
                                    let i1 = data7.length, j0;
                                    if (i1 > 1) {
                                      let indices0 = {};
                                      for (; i1--; ) {
                                        let item0 = data7[i1];
                                        if (typeof item0 == "number" && isFinite(item0)) {
                                          if (typeof indices0[item0] == "number") {
                                            return j0 = indices0[item0], validate61.errors = [{ instancePath: instancePath + "/latency/quantiles", schemaPath: "#/properties/latency/properties/quantiles/uniqueItems", keyword: "uniqueItems", params: { i: i1, j: j0 } }], !1;
                                            break;
                                          }
                                          indices0[item0] = i1;
                                        }
                                      }
                                    }
                                  }
                                }
                              } else
                                return validate61.errors = [{ instancePath: instancePath + "/latency/quantiles", schemaPath: "#/properties/latency/properties/quantiles/type", keyword: "type", params: { type: "array" } }], !1;
                            var valid2 = _errs18 === errors;
                          } else
                            var valid2 = !0;
                          if (valid2) {
                            if (data6.tolerance !== void 0) {
                              let data9 = data6.tolerance, _errs22 = errors;
                              if (errors === _errs22)
                                if (typeof data9 == "number" && isFinite(data9)) {
                                  if (data9 < 0 || isNaN(data9))
                                    return validate61.errors = [{ instancePath: instancePath + "/latency/tolerance", schemaPath: "#/properties/latency/properties/tolerance/minimum", keyword: "minimum", params: { comparison: ">=", limit: 0 } }], !1;
                                } else
                                  return validate61.errors = [{ instancePath: instancePath + "/latency/tolerance", schemaPath: "#/properties/latency/properties/tolerance/type", keyword: "type", params: { type: "number" } }], !1;
                              var valid2 = _errs22 === errors;
                            } else
                              var valid2 = !0;
                            if (valid2) {
                              if (data6.margin !== void 0) {
                                let data10 = data6.margin, _errs24 = errors;
                                if (errors === _errs24)
                                  if (typeof data10 == "number" && isFinite(data10)) {
                                    if (data10 <= 0 || isNaN(data10))
                                      return validate61.errors = [{ instancePath: instancePath + "/latency/margin", schemaPath: "#/properties/latency/properties/margin/exclusiveMinimum", keyword: "exclusiveMinimum", params: { comparison: ">", limit: 0 } }], !1;
                                  } else
                                    return validate61.errors = [{ instancePath: instancePath + "/latency/margin", schemaPath: "#/properties/latency/properties/margin/type", keyword: "type", params: { type: "number" } }], !1;
                                var valid2 = _errs24 === errors;
                              } else
                                var valid2 = !0;
                              if (valid2)
                                if (data6.slackMilliseconds !== void 0) {
                                  let data11 = data6.slackMilliseconds, _errs26 = errors;
                                  if (errors === _errs26)
                                    if (typeof data11 == "number" && isFinite(data11)) {
                                      if (data11 < 0 || isNaN(data11))
                                        return validate61.errors = [{ instancePath: instancePath + "/latency/slackMilliseconds", schemaPath: "#/properties/latency/properties/slackMilliseconds/minimum", keyword: "minimum", params: { comparison: ">=", limit: 0 } }], !1;
                                    } else
                                      return validate61.errors = [{ instancePath: instancePath + "/latency/slackMilliseconds", schemaPath: "#/properties/latency/properties/slackMilliseconds/type", keyword: "type", params: { type: "number" } }], !1;
                                  var valid2 = _errs26 === errors;
                                } else
                                  var valid2 = !0;
                            }
                          }
                        }
                      }
                    } else
                      return validate61.errors = [{ instancePath: instancePath + "/latency", schemaPath: "#/properties/latency/type", keyword: "type", params: { type: "object" } }], !1;
                  var valid0 = _errs15 === errors;
                } else
                  var valid0 = !0;
                if (valid0) {
                  if (data.share !== void 0) {
                    let _errs28 = errors;
                    if (typeof data.share != "boolean")
                      return validate61.errors = [{ instancePath: instancePath + "/share", schemaPath: "#/properties/share/type", keyword: "type", params: { type: "boolean" } }], !1;
                    var valid0 = _errs28 === errors;
                  } else
                    var valid0 = !0;
                  if (valid0)
                    if (data.traffic !== void 0) {
                      let data13 = data.traffic, _errs30 = errors;
                      if (errors === _errs30)
                        if (data13 && typeof data13 == "object" && !Array.isArray(data13)) {
                          let missing3;
                          if (data13.requestsPerSecond === void 0 && (missing3 = "requestsPerSecond") || data13.errorRate === void 0 && (missing3 = "errorRate") || data13.longestHoldSeconds === void 0 && (missing3 = "longestHoldSeconds"))
                            return validate61.errors = [{ instancePath: instancePath + "/traffic", schemaPath: "#/properties/traffic/required", keyword: "required", params: { missingProperty: missing3 } }], !1;
                          {
                            let _errs32 = errors;
                            for (let key3 in data13)
                              if (!(key3 === "requestsPerSecond" || key3 === "errorRate" || key3 === "longestHoldSeconds")) {
                                return validate61.errors = [{ instancePath: instancePath + "/traffic", schemaPath: "#/properties/traffic/additionalProperties", keyword: "additionalProperties", params: { additionalProperty: key3 } }], !1;
                                break;
                              }
                            if (_errs32 === errors) {
                              if (data13.requestsPerSecond !== void 0) {
                                let data14 = data13.requestsPerSecond, _errs33 = errors;
                                if (errors === _errs33)
                                  if (typeof data14 == "number" && isFinite(data14)) {
                                    if (data14 <= 0 || isNaN(data14))
                                      return validate61.errors = [{ instancePath: instancePath + "/traffic/requestsPerSecond", schemaPath: "#/properties/traffic/properties/requestsPerSecond/exclusiveMinimum", keyword: "exclusiveMinimum", params: { comparison: ">", limit: 0 } }], !1;
                                  } else
                                    return validate61.errors = [{ instancePath: instancePath + "/traffic/requestsPerSecond", schemaPath: "#/properties/traffic/properties/requestsPerSecond/type", keyword: "type", params: { type: "number" } }], !1;
                                var valid5 = _errs33 === errors;
                              } else
                                var valid5 = !0;
                              if (valid5) {
                                if (data13.errorRate !== void 0) {
                                  let data15 = data13.errorRate, _errs35 = errors;
                                  if (errors === _errs35)
                                    if (typeof data15 == "number" && isFinite(data15)) {
                                      if (data15 >= 1 || isNaN(data15))
                                        return validate61.errors = [{ instancePath: instancePath + "/traffic/errorRate", schemaPath: "#/properties/traffic/properties/errorRate/exclusiveMaximum", keyword: "exclusiveMaximum", params: { comparison: "<", limit: 1 } }], !1;
                                      if (data15 <= 0 || isNaN(data15))
                                        return validate61.errors = [{ instancePath: instancePath + "/traffic/errorRate", schemaPath: "#/properties/traffic/properties/errorRate/exclusiveMinimum", keyword: "exclusiveMinimum", params: { comparison: ">", limit: 0 } }], !1;
                                    } else
                                      return validate61.errors = [{ instancePath: instancePath + "/traffic/errorRate", schemaPath: "#/properties/traffic/properties/errorRate/type", keyword: "type", params: { type: "number" } }], !1;
                                  var valid5 = _errs35 === errors;
                                } else
                                  var valid5 = !0;
                                if (valid5)
                                  if (data13.longestHoldSeconds !== void 0) {
                                    let data16 = data13.longestHoldSeconds, _errs37 = errors;
                                    if (!(typeof data16 == "number" && !(data16 % 1) && !isNaN(data16) && isFinite(data16)))
                                      return validate61.errors = [{ instancePath: instancePath + "/traffic/longestHoldSeconds", schemaPath: "#/properties/traffic/properties/longestHoldSeconds/type", keyword: "type", params: { type: "integer" } }], !1;
                                    if (errors === _errs37 && typeof data16 == "number" && isFinite(data16) && (data16 < 1 || isNaN(data16)))
                                      return validate61.errors = [{ instancePath: instancePath + "/traffic/longestHoldSeconds", schemaPath: "#/properties/traffic/properties/longestHoldSeconds/minimum", keyword: "minimum", params: { comparison: ">=", limit: 1 } }], !1;
                                    var valid5 = _errs37 === errors;
                                  } else
                                    var valid5 = !0;
                              }
                            }
                          }
                        } else
                          return validate61.errors = [{ instancePath: instancePath + "/traffic", schemaPath: "#/properties/traffic/type", keyword: "type", params: { type: "object" } }], !1;
                      var valid0 = _errs30 === errors;
                    } else
                      var valid0 = !0;
                }
              }
            }
          }
        }
      }
    } else
      return validate61.errors = [{ instancePath, schemaPath: "#/type", keyword: "type", params: { type: "object" } }], !1;
  return validate61.errors = vErrors, errors === 0;
}
function validate50(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
  let vErrors = null, errors = 0;
  if (errors === 0)
    if (data && typeof data == "object" && !Array.isArray(data)) {
      let missing0;
      if (data.folder === void 0 && (missing0 = "folder") || data.asked === void 0 && (missing0 = "asked") || data.achieved === void 0 && (missing0 = "achieved") || data.error === void 0 && (missing0 = "error") || data.stable === void 0 && (missing0 = "stable") || data.canary === void 0 && (missing0 = "canary"))
        return validate50.errors = [{ instancePath, schemaPath: "#/required", keyword: "required", params: { missingProperty: missing0 } }], !1;
      {
        let _errs1 = errors;
        for (let key0 in data)
          if (!(key0 === "folder" || key0 === "asked" || key0 === "achieved" || key0 === "error" || key0 === "stable" || key0 === "canary" || key0 === "optimum" || key0 === "gates")) {
            return validate50.errors = [{ instancePath, schemaPath: "#/additionalProperties", keyword: "additionalProperties", params: { additionalProperty: key0 } }], !1;
            break;
          }
        if (_errs1 === errors) {
          if (data.folder !== void 0) {
            let _errs2 = errors;
            validate23(data.folder, { instancePath: instancePath + "/folder", parentData: data, parentDataProperty: "folder", rootData }) || (vErrors = vErrors === null ? validate23.errors : vErrors.concat(validate23.errors), errors = vErrors.length);
            var valid0 = _errs2 === errors;
          } else
            var valid0 = !0;
          if (valid0) {
            if (data.asked !== void 0) {
              let _errs3 = errors;
              validate25(data.asked, { instancePath: instancePath + "/asked", parentData: data, parentDataProperty: "asked", rootData }) || (vErrors = vErrors === null ? validate25.errors : vErrors.concat(validate25.errors), errors = vErrors.length);
              var valid0 = _errs3 === errors;
            } else
              var valid0 = !0;
            if (valid0) {
              if (data.achieved !== void 0) {
                let _errs4 = errors;
                validate25(data.achieved, { instancePath: instancePath + "/achieved", parentData: data, parentDataProperty: "achieved", rootData }) || (vErrors = vErrors === null ? validate25.errors : vErrors.concat(validate25.errors), errors = vErrors.length);
                var valid0 = _errs4 === errors;
              } else
                var valid0 = !0;
              if (valid0) {
                if (data.error !== void 0) {
                  let _errs5 = errors;
                  validate54(data.error, { instancePath: instancePath + "/error", parentData: data, parentDataProperty: "error", rootData }) || (vErrors = vErrors === null ? validate54.errors : vErrors.concat(validate54.errors), errors = vErrors.length);
                  var valid0 = _errs5 === errors;
                } else
                  var valid0 = !0;
                if (valid0) {
                  if (data.stable !== void 0) {
                    let _errs6 = errors;
                    validate56(data.stable, { instancePath: instancePath + "/stable", parentData: data, parentDataProperty: "stable", rootData }) || (vErrors = vErrors === null ? validate56.errors : vErrors.concat(validate56.errors), errors = vErrors.length);
                    var valid0 = _errs6 === errors;
                  } else
                    var valid0 = !0;
                  if (valid0) {
                    if (data.canary !== void 0) {
                      let data5 = data.canary, _errs7 = errors;
                      if (!(typeof data5 == "number" && !(data5 % 1) && !isNaN(data5) && isFinite(data5)))
                        return validate50.errors = [{ instancePath: instancePath + "/canary", schemaPath: "#/properties/canary/type", keyword: "type", params: { type: "integer" } }], !1;
                      if (errors === _errs7 && typeof data5 == "number" && isFinite(data5)) {
                        if (data5 > 3e5 || isNaN(data5))
                          return validate50.errors = [{ instancePath: instancePath + "/canary", schemaPath: "#/properties/canary/maximum", keyword: "maximum", params: { comparison: "<=", limit: 3e5 } }], !1;
                        if (data5 < 1 || isNaN(data5))
                          return validate50.errors = [{ instancePath: instancePath + "/canary", schemaPath: "#/properties/canary/minimum", keyword: "minimum", params: { comparison: ">=", limit: 1 } }], !1;
                      }
                      var valid0 = _errs7 === errors;
                    } else
                      var valid0 = !0;
                    if (valid0) {
                      if (data.optimum !== void 0) {
                        let data6 = data.optimum, _errs9 = errors;
                        if (errors === _errs9)
                          if (data6 && typeof data6 == "object" && !Array.isArray(data6)) {
                            let missing1;
                            if (data6.stable === void 0 && (missing1 = "stable") || data6.canary === void 0 && (missing1 = "canary") || data6.error === void 0 && (missing1 = "error"))
                              return validate50.errors = [{ instancePath: instancePath + "/optimum", schemaPath: "#/properties/optimum/required", keyword: "required", params: { missingProperty: missing1 } }], !1;
                            {
                              let _errs11 = errors;
                              for (let key1 in data6)
                                if (!(key1 === "stable" || key1 === "canary" || key1 === "error")) {
                                  return validate50.errors = [{ instancePath: instancePath + "/optimum", schemaPath: "#/properties/optimum/additionalProperties", keyword: "additionalProperties", params: { additionalProperty: key1 } }], !1;
                                  break;
                                }
                              if (_errs11 === errors) {
                                if (data6.stable !== void 0) {
                                  let _errs12 = errors;
                                  validate56(data6.stable, { instancePath: instancePath + "/optimum/stable", parentData: data6, parentDataProperty: "stable", rootData }) || (vErrors = vErrors === null ? validate56.errors : vErrors.concat(validate56.errors), errors = vErrors.length);
                                  var valid1 = _errs12 === errors;
                                } else
                                  var valid1 = !0;
                                if (valid1) {
                                  if (data6.canary !== void 0) {
                                    let _errs13 = errors;
                                    validate56(data6.canary, { instancePath: instancePath + "/optimum/canary", parentData: data6, parentDataProperty: "canary", rootData }) || (vErrors = vErrors === null ? validate56.errors : vErrors.concat(validate56.errors), errors = vErrors.length);
                                    var valid1 = _errs13 === errors;
                                  } else
                                    var valid1 = !0;
                                  if (valid1)
                                    if (data6.error !== void 0) {
                                      let _errs14 = errors;
                                      validate54(data6.error, { instancePath: instancePath + "/optimum/error", parentData: data6, parentDataProperty: "error", rootData }) || (vErrors = vErrors === null ? validate54.errors : vErrors.concat(validate54.errors), errors = vErrors.length);
                                      var valid1 = _errs14 === errors;
                                    } else
                                      var valid1 = !0;
                                }
                              }
                            }
                          } else
                            return validate50.errors = [{ instancePath: instancePath + "/optimum", schemaPath: "#/properties/optimum/type", keyword: "type", params: { type: "object" } }], !1;
                        var valid0 = _errs9 === errors;
                      } else
                        var valid0 = !0;
                      if (valid0)
                        if (data.gates !== void 0) {
                          let _errs15 = errors;
                          validate61(data.gates, { instancePath: instancePath + "/gates", parentData: data, parentDataProperty: "gates", rootData }) || (vErrors = vErrors === null ? validate61.errors : vErrors.concat(validate61.errors), errors = vErrors.length);
                          var valid0 = _errs15 === errors;
                        } else
                          var valid0 = !0;
                    }
                  }
                }
              }
            }
          }
        }
      }
    } else
      return validate50.errors = [{ instancePath, schemaPath: "#/type", keyword: "type", params: { type: "object" } }], !1;
  return validate50.errors = vErrors, errors === 0;
}
var pattern17 = new RegExp("^(?:0|[1-9][0-9]*/[1-9][0-9]*)$", "u");
function validate66(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
  let vErrors = null, errors = 0;
  if (errors === 0)
    if (typeof data == "string") {
      if (!pattern17.test(data))
        return validate66.errors = [{ instancePath, schemaPath: "#/pattern", keyword: "pattern", params: { pattern: "^(?:0|[1-9][0-9]*/[1-9][0-9]*)$" } }], !1;
    } else
      return validate66.errors = [{ instancePath, schemaPath: "#/type", keyword: "type", params: { type: "string" } }], !1;
  return validate66.errors = vErrors, errors === 0;
}
function validate65(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
  let vErrors = null, errors = 0;
  if (errors === 0)
    if (data && typeof data == "object" && !Array.isArray(data)) {
      let missing0;
      if (data.pods === void 0 && (missing0 = "pods") || data.worstError === void 0 && (missing0 = "worstError") || data.moved === void 0 && (missing0 = "moved"))
        return validate65.errors = [{ instancePath, schemaPath: "#/required", keyword: "required", params: { missingProperty: missing0 } }], !1;
      {
        let _errs1 = errors;
        for (let key0 in data)
          if (!(key0 === "pods" || key0 === "worstError" || key0 === "moved")) {
            return validate65.errors = [{ instancePath, schemaPath: "#/additionalProperties", keyword: "additionalProperties", params: { additionalProperty: key0 } }], !1;
            break;
          }
        if (_errs1 === errors) {
          if (data.pods !== void 0) {
            let data0 = data.pods, _errs2 = errors;
            if (!(typeof data0 == "number" && !(data0 % 1) && !isNaN(data0) && isFinite(data0)))
              return validate65.errors = [{ instancePath: instancePath + "/pods", schemaPath: "#/properties/pods/type", keyword: "type", params: { type: "integer" } }], !1;
            if (errors === _errs2 && typeof data0 == "number" && isFinite(data0) && (data0 < 1 || isNaN(data0)))
              return validate65.errors = [{ instancePath: instancePath + "/pods", schemaPath: "#/properties/pods/minimum", keyword: "minimum", params: { comparison: ">=", limit: 1 } }], !1;
            var valid0 = _errs2 === errors;
          } else
            var valid0 = !0;
          if (valid0) {
            if (data.worstError !== void 0) {
              let _errs4 = errors;
              validate66(data.worstError, { instancePath: instancePath + "/worstError", parentData: data, parentDataProperty: "worstError", rootData }) || (vErrors = vErrors === null ? validate66.errors : vErrors.concat(validate66.errors), errors = vErrors.length);
              var valid0 = _errs4 === errors;
            } else
              var valid0 = !0;
            if (valid0)
              if (data.moved !== void 0) {
                let data2 = data.moved, _errs5 = errors;
                if (!(typeof data2 == "number" && !(data2 % 1) && !isNaN(data2) && isFinite(data2)))
                  return validate65.errors = [{ instancePath: instancePath + "/moved", schemaPath: "#/properties/moved/type", keyword: "type", params: { type: "integer" } }], !1;
                if (errors === _errs5 && typeof data2 == "number" && isFinite(data2) && (data2 < 1 || isNaN(data2)))
                  return validate65.errors = [{ instancePath: instancePath + "/moved", schemaPath: "#/properties/moved/minimum", keyword: "minimum", params: { comparison: ">=", limit: 1 } }], !1;
                var valid0 = _errs5 === errors;
              } else
                var valid0 = !0;
          }
        }
      }
    } else
      return validate65.errors = [{ instancePath, schemaPath: "#/type", keyword: "type", params: { type: "object" } }], !1;
  return validate65.errors = vErrors, errors === 0;
}
var schema26 = { type: "object", properties: { stable: { $ref: "#/$defs/pods" }, canary: { $ref: "#/$defs/pods" }, route: { type: "object", properties: { canary: { $ref: "#/$defs/share" }, matched: { enum: ["stable", "canary"] } }, required: ["canary", "matched"], additionalProperties: !1 } }, required: ["stable", "canary"], additionalProperties: !1 };
var pattern18 = new RegExp("^(?:0|1|[1-9][0-9]*/[1-9][0-9]*)$", "u");
function validate75(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
  let vErrors = null, errors = 0;
  if (errors === 0)
    if (typeof data == "string") {
      if (!pattern18.test(data))
        return validate75.errors = [{ instancePath, schemaPath: "#/pattern", keyword: "pattern", params: { pattern: "^(?:0|1|[1-9][0-9]*/[1-9][0-9]*)$" } }], !1;
    } else
      return validate75.errors = [{ instancePath, schemaPath: "#/type", keyword: "type", params: { type: "string" } }], !1;
  return validate75.errors = vErrors, errors === 0;
}
function validate72(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
  let vErrors = null, errors = 0;
  if (errors === 0)
    if (data && typeof data == "object" && !Array.isArray(data)) {
      let missing0;
      if (data.stable === void 0 && (missing0 = "stable") || data.canary === void 0 && (missing0 = "canary"))
        return validate72.errors = [{ instancePath, schemaPath: "#/required", keyword: "required", params: { missingProperty: missing0 } }], !1;
      {
        let _errs1 = errors;
        for (let key0 in data)
          if (!(key0 === "stable" || key0 === "canary" || key0 === "route")) {
            return validate72.errors = [{ instancePath, schemaPath: "#/additionalProperties", keyword: "additionalProperties", params: { additionalProperty: key0 } }], !1;
            break;
          }
        if (_errs1 === errors) {
          if (data.stable !== void 0) {
            let _errs2 = errors;
            validate56(data.stable, { instancePath: instancePath + "/stable", parentData: data, parentDataProperty: "stable", rootData }) || (vErrors = vErrors === null ? validate56.errors : vErrors.concat(validate56.errors), errors = vErrors.length);
            var valid0 = _errs2 === errors;
          } else
            var valid0 = !0;
          if (valid0) {
            if (data.canary !== void 0) {
              let _errs3 = errors;
              validate56(data.canary, { instancePath: instancePath + "/canary", parentData: data, parentDataProperty: "canary", rootData }) || (vErrors = vErrors === null ? validate56.errors : vErrors.concat(validate56.errors), errors = vErrors.length);
              var valid0 = _errs3 === errors;
            } else
              var valid0 = !0;
            if (valid0)
              if (data.route !== void 0) {
                let data2 = data.route, _errs4 = errors;
                if (errors === _errs4)
                  if (data2 && typeof data2 == "object" && !Array.isArray(data2)) {
                    let missing1;
                    if (data2.canary === void 0 && (missing1 = "canary") || data2.matched === void 0 && (missing1 = "matched"))
                      return validate72.errors = [{ instancePath: instancePath + "/route", schemaPath: "#/properties/route/required", keyword: "required", params: { missingProperty: missing1 } }], !1;
                    {
                      let _errs6 = errors;
                      for (let key1 in data2)
                        if (!(key1 === "canary" || key1 === "matched")) {
                          return validate72.errors = [{ instancePath: instancePath + "/route", schemaPath: "#/properties/route/additionalProperties", keyword: "additionalProperties", params: { additionalProperty: key1 } }], !1;
                          break;
                        }
                      if (_errs6 === errors) {
                        if (data2.canary !== void 0) {
                          let _errs7 = errors;
                          validate75(data2.canary, { instancePath: instancePath + "/route/canary", parentData: data2, parentDataProperty: "canary", rootData }) || (vErrors = vErrors === null ? validate75.errors : vErrors.concat(validate75.errors), errors = vErrors.length);
                          var valid1 = _errs7 === errors;
                        } else
                          var valid1 = !0;
                        if (valid1)
                          if (data2.matched !== void 0) {
                            let data4 = data2.matched, _errs8 = errors;
                            if (!(data4 === "stable" || data4 === "canary"))
                              return validate72.errors = [{ instancePath: instancePath + "/route/matched", schemaPath: "#/properties/route/properties/matched/enum", keyword: "enum", params: { allowedValues: schema26.properties.route.properties.matched.enum } }], !1;
                            var valid1 = _errs8 === errors;
                          } else
                            var valid1 = !0;
                      }
                    }
                  } else
                    return validate72.errors = [{ instancePath: instancePath + "/route", schemaPath: "#/properties/route/type", keyword: "type", params: { type: "object" } }], !1;
                var valid0 = _errs4 === errors;
              } else
                var valid0 = !0;
          }
        }
      }
    } else
      return validate72.errors = [{ instancePath, schemaPath: "#/type", keyword: "type", params: { type: "object" } }], !1;
  return validate72.errors = vErrors, errors === 0;
}
function validate79(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
  let vErrors = null, errors = 0;
  if (errors === 0)
    if (data && typeof data == "object" && !Array.isArray(data)) {
      let missing0;
      if (data.from === void 0 && (missing0 = "from") || data.to === void 0 && (missing0 = "to") || data.fewestReady === void 0 && (missing0 = "fewestReady") || data.mostPods === void 0 && (missing0 = "mostPods") || data.mostShare === void 0 && (missing0 = "mostShare"))
        return validate79.errors = [{ instancePath, schemaPath: "#/required", keyword: "required", params: { missingProperty: missing0 } }], !1;
      {
        let _errs1 = errors;
        for (let key0 in data)
          if (!(key0 === "from" || key0 === "to" || key0 === "fewestReady" || key0 === "mostPods" || key0 === "mostShare")) {
            return validate79.errors = [{ instancePath, schemaPath: "#/additionalProperties", keyword: "additionalProperties", params: { additionalProperty: key0 } }], !1;
            break;
          }
        if (_errs1 === errors) {
          if (data.from !== void 0) {
            let _errs2 = errors;
            validate32(data.from, { instancePath: instancePath + "/from", parentData: data, parentDataProperty: "from", rootData }) || (vErrors = vErrors === null ? validate32.errors : vErrors.concat(validate32.errors), errors = vErrors.length);
            var valid0 = _errs2 === errors;
          } else
            var valid0 = !0;
          if (valid0) {
            if (data.to !== void 0) {
              let _errs3 = errors;
              validate32(data.to, { instancePath: instancePath + "/to", parentData: data, parentDataProperty: "to", rootData }) || (vErrors = vErrors === null ? validate32.errors : vErrors.concat(validate32.errors), errors = vErrors.length);
              var valid0 = _errs3 === errors;
            } else
              var valid0 = !0;
            if (valid0) {
              if (data.fewestReady !== void 0) {
                let _errs4 = errors;
                validate56(data.fewestReady, { instancePath: instancePath + "/fewestReady", parentData: data, parentDataProperty: "fewestReady", rootData }) || (vErrors = vErrors === null ? validate56.errors : vErrors.concat(validate56.errors), errors = vErrors.length);
                var valid0 = _errs4 === errors;
              } else
                var valid0 = !0;
              if (valid0) {
                if (data.mostPods !== void 0) {
                  let _errs5 = errors;
                  validate56(data.mostPods, { instancePath: instancePath + "/mostPods", parentData: data, parentDataProperty: "mostPods", rootData }) || (vErrors = vErrors === null ? validate56.errors : vErrors.concat(validate56.errors), errors = vErrors.length);
                  var valid0 = _errs5 === errors;
                } else
                  var valid0 = !0;
                if (valid0)
                  if (data.mostShare !== void 0) {
                    let _errs6 = errors;
                    validate75(data.mostShare, { instancePath: instancePath + "/mostShare", parentData: data, parentDataProperty: "mostShare", rootData }) || (vErrors = vErrors === null ? validate75.errors : vErrors.concat(validate75.errors), errors = vErrors.length);
                    var valid0 = _errs6 === errors;
                  } else
                    var valid0 = !0;
              }
            }
          }
        }
      }
    } else
      return validate79.errors = [{ instancePath, schemaPath: "#/type", keyword: "type", params: { type: "object" } }], !1;
  return validate79.errors = vErrors, errors === 0;
}
var pattern7 = new RegExp("^[a-z]+(?:-[a-z]+)*$", "u");
function validate34(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
  let vErrors = null, errors = 0;
  if (errors === 0)
    if (data && typeof data == "object" && !Array.isArray(data)) {
      let missing0;
      if (data.path === void 0 && (missing0 = "path") || data.service === void 0 && (missing0 = "service") || data.router === void 0 && (missing0 = "router") || data.promotion === void 0 && (missing0 = "promotion") || data.release === void 0 && (missing0 = "release") || data.baseline === void 0 && (missing0 = "baseline") || data.floor === void 0 && (missing0 = "floor") || data.stable === void 0 && (missing0 = "stable") || data.stages === void 0 && (missing0 = "stages") || data.costs === void 0 && (missing0 = "costs") || data.states === void 0 && (missing0 = "states") || data.transitions === void 0 && (missing0 = "transitions"))
        return validate34.errors = [{ instancePath, schemaPath: "#/required", keyword: "required", params: { missingProperty: missing0 } }], !1;
      {
        let _errs1 = errors;
        for (let key0 in data)
          if (!func2.call(schema13.properties, key0)) {
            return validate34.errors = [{ instancePath, schemaPath: "#/additionalProperties", keyword: "additionalProperties", params: { additionalProperty: key0 } }], !1;
            break;
          }
        if (_errs1 === errors) {
          if (data.path !== void 0) {
            let data0 = data.path, _errs2 = errors;
            if (errors === _errs2)
              if (typeof data0 == "string") {
                if (func3(data0) < 1)
                  return validate34.errors = [{ instancePath: instancePath + "/path", schemaPath: "#/properties/path/minLength", keyword: "minLength", params: { limit: 1 } }], !1;
              } else
                return validate34.errors = [{ instancePath: instancePath + "/path", schemaPath: "#/properties/path/type", keyword: "type", params: { type: "string" } }], !1;
            var valid0 = _errs2 === errors;
          } else
            var valid0 = !0;
          if (valid0) {
            if (data.namespace !== void 0) {
              let _errs4 = errors;
              validate35(data.namespace, { instancePath: instancePath + "/namespace", parentData: data, parentDataProperty: "namespace", rootData }) || (vErrors = vErrors === null ? validate35.errors : vErrors.concat(validate35.errors), errors = vErrors.length);
              var valid0 = _errs4 === errors;
            } else
              var valid0 = !0;
            if (valid0) {
              if (data.service !== void 0) {
                let data2 = data.service, _errs5 = errors;
                if (errors === _errs5)
                  if (typeof data2 == "string") {
                    if (func3(data2) > 63)
                      return validate34.errors = [{ instancePath: instancePath + "/service", schemaPath: "#/properties/service/maxLength", keyword: "maxLength", params: { limit: 63 } }], !1;
                    if (!pattern6.test(data2))
                      return validate34.errors = [{ instancePath: instancePath + "/service", schemaPath: "#/properties/service/pattern", keyword: "pattern", params: { pattern: "^[a-z](?:[-a-z0-9]*[a-z0-9])?$" } }], !1;
                  } else
                    return validate34.errors = [{ instancePath: instancePath + "/service", schemaPath: "#/properties/service/type", keyword: "type", params: { type: "string" } }], !1;
                var valid0 = _errs5 === errors;
              } else
                var valid0 = !0;
              if (valid0) {
                if (data.hasService !== void 0) {
                  let _errs7 = errors;
                  if (typeof data.hasService != "boolean")
                    return validate34.errors = [{ instancePath: instancePath + "/hasService", schemaPath: "#/properties/hasService/type", keyword: "type", params: { type: "boolean" } }], !1;
                  var valid0 = _errs7 === errors;
                } else
                  var valid0 = !0;
                if (valid0) {
                  if (data.selector !== void 0) {
                    let _errs9 = errors;
                    validate37(data.selector, { instancePath: instancePath + "/selector", parentData: data, parentDataProperty: "selector", rootData }) || (vErrors = vErrors === null ? validate37.errors : vErrors.concat(validate37.errors), errors = vErrors.length);
                    var valid0 = _errs9 === errors;
                  } else
                    var valid0 = !0;
                  if (valid0) {
                    if (data.router !== void 0) {
                      let data5 = data.router, _errs10 = errors;
                      if (!(data5 === "pods" || data5 === "istio" || data5 === "gateway"))
                        return validate34.errors = [{ instancePath: instancePath + "/router", schemaPath: "#/properties/router/enum", keyword: "enum", params: { allowedValues: schema13.properties.router.enum } }], !1;
                      var valid0 = _errs10 === errors;
                    } else
                      var valid0 = !0;
                    if (valid0) {
                      if (data.implementation !== void 0) {
                        let data6 = data.implementation, _errs11 = errors;
                        if (errors === _errs11)
                          if (typeof data6 == "string") {
                            if (!pattern7.test(data6))
                              return validate34.errors = [{ instancePath: instancePath + "/implementation", schemaPath: "#/properties/implementation/pattern", keyword: "pattern", params: { pattern: "^[a-z]+(?:-[a-z]+)*$" } }], !1;
                          } else
                            return validate34.errors = [{ instancePath: instancePath + "/implementation", schemaPath: "#/properties/implementation/type", keyword: "type", params: { type: "string" } }], !1;
                        var valid0 = _errs11 === errors;
                      } else
                        var valid0 = !0;
                      if (valid0) {
                        if (data.promotion !== void 0) {
                          let data7 = data.promotion, _errs13 = errors;
                          if (!(data7 === "swap" || data7 === "roll"))
                            return validate34.errors = [{ instancePath: instancePath + "/promotion", schemaPath: "#/properties/promotion/enum", keyword: "enum", params: { allowedValues: schema13.properties.promotion.enum } }], !1;
                          var valid0 = _errs13 === errors;
                        } else
                          var valid0 = !0;
                        if (valid0) {
                          if (data.release !== void 0) {
                            let data8 = data.release, _errs14 = errors;
                            if (errors === _errs14)
                              if (typeof data8 == "string") {
                                if (!pattern8.test(data8))
                                  return validate34.errors = [{ instancePath: instancePath + "/release", schemaPath: "#/properties/release/pattern", keyword: "pattern", params: { pattern: "^[0-9a-f]{16}$" } }], !1;
                              } else
                                return validate34.errors = [{ instancePath: instancePath + "/release", schemaPath: "#/properties/release/type", keyword: "type", params: { type: "string" } }], !1;
                            var valid0 = _errs14 === errors;
                          } else
                            var valid0 = !0;
                          if (valid0) {
                            if (data.baseline !== void 0) {
                              let data9 = data.baseline, _errs16 = errors;
                              if (!(typeof data9 == "number" && !(data9 % 1) && !isNaN(data9) && isFinite(data9)))
                                return validate34.errors = [{ instancePath: instancePath + "/baseline", schemaPath: "#/properties/baseline/type", keyword: "type", params: { type: "integer" } }], !1;
                              if (errors === _errs16 && typeof data9 == "number" && isFinite(data9)) {
                                if (data9 > 15e4 || isNaN(data9))
                                  return validate34.errors = [{ instancePath: instancePath + "/baseline", schemaPath: "#/properties/baseline/maximum", keyword: "maximum", params: { comparison: "<=", limit: 15e4 } }], !1;
                                if (data9 < 1 || isNaN(data9))
                                  return validate34.errors = [{ instancePath: instancePath + "/baseline", schemaPath: "#/properties/baseline/minimum", keyword: "minimum", params: { comparison: ">=", limit: 1 } }], !1;
                              }
                              var valid0 = _errs16 === errors;
                            } else
                              var valid0 = !0;
                            if (valid0) {
                              if (data.floor !== void 0) {
                                let data10 = data.floor, _errs18 = errors;
                                if (!(typeof data10 == "number" && !(data10 % 1) && !isNaN(data10) && isFinite(data10)))
                                  return validate34.errors = [{ instancePath: instancePath + "/floor", schemaPath: "#/properties/floor/type", keyword: "type", params: { type: "integer" } }], !1;
                                if (errors === _errs18 && typeof data10 == "number" && isFinite(data10)) {
                                  if (data10 > 15e4 || isNaN(data10))
                                    return validate34.errors = [{ instancePath: instancePath + "/floor", schemaPath: "#/properties/floor/maximum", keyword: "maximum", params: { comparison: "<=", limit: 15e4 } }], !1;
                                  if (data10 < 1 || isNaN(data10))
                                    return validate34.errors = [{ instancePath: instancePath + "/floor", schemaPath: "#/properties/floor/minimum", keyword: "minimum", params: { comparison: ">=", limit: 1 } }], !1;
                                }
                                var valid0 = _errs18 === errors;
                              } else
                                var valid0 = !0;
                              if (valid0) {
                                if (data.autoscaling !== void 0) {
                                  let data11 = data.autoscaling, _errs20 = errors;
                                  if (errors === _errs20)
                                    if (data11 && typeof data11 == "object" && !Array.isArray(data11)) {
                                      let missing1;
                                      if (data11.min === void 0 && (missing1 = "min") || data11.max === void 0 && (missing1 = "max") || data11.sizing === void 0 && (missing1 = "sizing"))
                                        return validate34.errors = [{ instancePath: instancePath + "/autoscaling", schemaPath: "#/properties/autoscaling/required", keyword: "required", params: { missingProperty: missing1 } }], !1;
                                      {
                                        let _errs22 = errors;
                                        for (let key1 in data11)
                                          if (!(key1 === "min" || key1 === "max" || key1 === "sizing")) {
                                            return validate34.errors = [{ instancePath: instancePath + "/autoscaling", schemaPath: "#/properties/autoscaling/additionalProperties", keyword: "additionalProperties", params: { additionalProperty: key1 } }], !1;
                                            break;
                                          }
                                        if (_errs22 === errors) {
                                          if (data11.min !== void 0) {
                                            let data12 = data11.min, _errs23 = errors;
                                            if (!(typeof data12 == "number" && !(data12 % 1) && !isNaN(data12) && isFinite(data12)))
                                              return validate34.errors = [{ instancePath: instancePath + "/autoscaling/min", schemaPath: "#/properties/autoscaling/properties/min/type", keyword: "type", params: { type: "integer" } }], !1;
                                            if (errors === _errs23 && typeof data12 == "number" && isFinite(data12)) {
                                              if (data12 > 15e4 || isNaN(data12))
                                                return validate34.errors = [{ instancePath: instancePath + "/autoscaling/min", schemaPath: "#/properties/autoscaling/properties/min/maximum", keyword: "maximum", params: { comparison: "<=", limit: 15e4 } }], !1;
                                              if (data12 < 1 || isNaN(data12))
                                                return validate34.errors = [{ instancePath: instancePath + "/autoscaling/min", schemaPath: "#/properties/autoscaling/properties/min/minimum", keyword: "minimum", params: { comparison: ">=", limit: 1 } }], !1;
                                            }
                                            var valid1 = _errs23 === errors;
                                          } else
                                            var valid1 = !0;
                                          if (valid1) {
                                            if (data11.max !== void 0) {
                                              let data13 = data11.max, _errs25 = errors;
                                              if (!(typeof data13 == "number" && !(data13 % 1) && !isNaN(data13) && isFinite(data13)))
                                                return validate34.errors = [{ instancePath: instancePath + "/autoscaling/max", schemaPath: "#/properties/autoscaling/properties/max/type", keyword: "type", params: { type: "integer" } }], !1;
                                              if (errors === _errs25 && typeof data13 == "number" && isFinite(data13)) {
                                                if (data13 > 15e4 || isNaN(data13))
                                                  return validate34.errors = [{ instancePath: instancePath + "/autoscaling/max", schemaPath: "#/properties/autoscaling/properties/max/maximum", keyword: "maximum", params: { comparison: "<=", limit: 15e4 } }], !1;
                                                if (data13 < 1 || isNaN(data13))
                                                  return validate34.errors = [{ instancePath: instancePath + "/autoscaling/max", schemaPath: "#/properties/autoscaling/properties/max/minimum", keyword: "minimum", params: { comparison: ">=", limit: 1 } }], !1;
                                              }
                                              var valid1 = _errs25 === errors;
                                            } else
                                              var valid1 = !0;
                                            if (valid1)
                                              if (data11.sizing !== void 0) {
                                                let data14 = data11.sizing, _errs27 = errors;
                                                if (!(data14 === "live" || data14 === "peak"))
                                                  return validate34.errors = [{ instancePath: instancePath + "/autoscaling/sizing", schemaPath: "#/properties/autoscaling/properties/sizing/enum", keyword: "enum", params: { allowedValues: schema13.properties.autoscaling.properties.sizing.enum } }], !1;
                                                var valid1 = _errs27 === errors;
                                              } else
                                                var valid1 = !0;
                                          }
                                        }
                                      }
                                    } else
                                      return validate34.errors = [{ instancePath: instancePath + "/autoscaling", schemaPath: "#/properties/autoscaling/type", keyword: "type", params: { type: "object" } }], !1;
                                  var valid0 = _errs20 === errors;
                                } else
                                  var valid0 = !0;
                                if (valid0) {
                                  if (data.stable !== void 0) {
                                    let _errs28 = errors;
                                    validate39(data.stable, { instancePath: instancePath + "/stable", parentData: data, parentDataProperty: "stable", rootData }) || (vErrors = vErrors === null ? validate39.errors : vErrors.concat(validate39.errors), errors = vErrors.length);
                                    var valid0 = _errs28 === errors;
                                  } else
                                    var valid0 = !0;
                                  if (valid0) {
                                    if (data.canary !== void 0) {
                                      let _errs29 = errors;
                                      validate39(data.canary, { instancePath: instancePath + "/canary", parentData: data, parentDataProperty: "canary", rootData }) || (vErrors = vErrors === null ? validate39.errors : vErrors.concat(validate39.errors), errors = vErrors.length);
                                      var valid0 = _errs29 === errors;
                                    } else
                                      var valid0 = !0;
                                    if (valid0) {
                                      if (data.configuration !== void 0) {
                                        let data17 = data.configuration, _errs30 = errors;
                                        if (errors === _errs30)
                                          if (Array.isArray(data17)) {
                                            var valid2 = !0;
                                            let len0 = data17.length;
                                            for (let i0 = 0; i0 < len0; i0++) {
                                              let _errs32 = errors;
                                              validate47(data17[i0], { instancePath: instancePath + "/configuration/" + i0, parentData: data17, parentDataProperty: i0, rootData }) || (vErrors = vErrors === null ? validate47.errors : vErrors.concat(validate47.errors), errors = vErrors.length);
                                              var valid2 = _errs32 === errors;
                                              if (!valid2)
                                                break;
                                            }
                                          } else
                                            return validate34.errors = [{ instancePath: instancePath + "/configuration", schemaPath: "#/properties/configuration/type", keyword: "type", params: { type: "array" } }], !1;
                                        var valid0 = _errs30 === errors;
                                      } else
                                        var valid0 = !0;
                                      if (valid0) {
                                        if (data.stages !== void 0) {
                                          let data19 = data.stages, _errs33 = errors;
                                          if (errors === _errs33)
                                            if (Array.isArray(data19)) {
                                              var valid3 = !0;
                                              let len1 = data19.length;
                                              for (let i1 = 0; i1 < len1; i1++) {
                                                let _errs35 = errors;
                                                validate50(data19[i1], { instancePath: instancePath + "/stages/" + i1, parentData: data19, parentDataProperty: i1, rootData }) || (vErrors = vErrors === null ? validate50.errors : vErrors.concat(validate50.errors), errors = vErrors.length);
                                                var valid3 = _errs35 === errors;
                                                if (!valid3)
                                                  break;
                                              }
                                            } else
                                              return validate34.errors = [{ instancePath: instancePath + "/stages", schemaPath: "#/properties/stages/type", keyword: "type", params: { type: "array" } }], !1;
                                          var valid0 = _errs33 === errors;
                                        } else
                                          var valid0 = !0;
                                        if (valid0) {
                                          if (data.gates !== void 0) {
                                            let _errs36 = errors;
                                            validate61(data.gates, { instancePath: instancePath + "/gates", parentData: data, parentDataProperty: "gates", rootData }) || (vErrors = vErrors === null ? validate61.errors : vErrors.concat(validate61.errors), errors = vErrors.length);
                                            var valid0 = _errs36 === errors;
                                          } else
                                            var valid0 = !0;
                                          if (valid0) {
                                            if (data.costs !== void 0) {
                                              let data22 = data.costs, _errs37 = errors;
                                              if (errors === _errs37)
                                                if (data22 && typeof data22 == "object" && !Array.isArray(data22)) {
                                                  let _errs39 = errors;
                                                  for (let key2 in data22)
                                                    if (!(key2 === "chosen" || key2 === "exact" || key2 === "fixed")) {
                                                      return validate34.errors = [{ instancePath: instancePath + "/costs", schemaPath: "#/properties/costs/additionalProperties", keyword: "additionalProperties", params: { additionalProperty: key2 } }], !1;
                                                      break;
                                                    }
                                                  if (_errs39 === errors) {
                                                    if (data22.chosen !== void 0) {
                                                      let _errs40 = errors;
                                                      validate65(data22.chosen, { instancePath: instancePath + "/costs/chosen", parentData: data22, parentDataProperty: "chosen", rootData }) || (vErrors = vErrors === null ? validate65.errors : vErrors.concat(validate65.errors), errors = vErrors.length);
                                                      var valid4 = _errs40 === errors;
                                                    } else
                                                      var valid4 = !0;
                                                    if (valid4) {
                                                      if (data22.exact !== void 0) {
                                                        let _errs41 = errors;
                                                        validate65(data22.exact, { instancePath: instancePath + "/costs/exact", parentData: data22, parentDataProperty: "exact", rootData }) || (vErrors = vErrors === null ? validate65.errors : vErrors.concat(validate65.errors), errors = vErrors.length);
                                                        var valid4 = _errs41 === errors;
                                                      } else
                                                        var valid4 = !0;
                                                      if (valid4)
                                                        if (data22.fixed !== void 0) {
                                                          let _errs42 = errors;
                                                          validate65(data22.fixed, { instancePath: instancePath + "/costs/fixed", parentData: data22, parentDataProperty: "fixed", rootData }) || (vErrors = vErrors === null ? validate65.errors : vErrors.concat(validate65.errors), errors = vErrors.length);
                                                          var valid4 = _errs42 === errors;
                                                        } else
                                                          var valid4 = !0;
                                                    }
                                                  }
                                                } else
                                                  return validate34.errors = [{ instancePath: instancePath + "/costs", schemaPath: "#/properties/costs/type", keyword: "type", params: { type: "object" } }], !1;
                                              var valid0 = _errs37 === errors;
                                            } else
                                              var valid0 = !0;
                                            if (valid0) {
                                              if (data.states !== void 0) {
                                                let data26 = data.states, _errs43 = errors;
                                                if (errors === _errs43)
                                                  if (data26 && typeof data26 == "object" && !Array.isArray(data26)) {
                                                    let missing2;
                                                    if (data26["stage-0"] === void 0 && (missing2 = "stage-0"))
                                                      return validate34.errors = [{ instancePath: instancePath + "/states", schemaPath: "#/properties/states/required", keyword: "required", params: { missingProperty: missing2 } }], !1;
                                                    for (let key3 in data26) {
                                                      let _errs45 = errors;
                                                      validate32(key3, { instancePath: instancePath + "/states", parentData: data26, parentDataProperty: "states", rootData }) || (vErrors = vErrors === null ? validate32.errors : vErrors.concat(validate32.errors), errors = vErrors.length);
                                                      var valid5 = _errs45 === errors;
                                                      if (!valid5) {
                                                        let err0 = { instancePath: instancePath + "/states", schemaPath: "#/properties/states/propertyNames", keyword: "propertyNames", params: { propertyName: key3 } };
                                                        return vErrors === null ? vErrors = [err0] : vErrors.push(err0), errors++, validate34.errors = vErrors, !1;
                                                        break;
                                                      }
                                                    }
                                                    if (valid5) {
                                                      let _errs46 = errors;
                                                      for (let key4 in data26)
                                                        if (key4 !== "stage-0") {
                                                          let _errs47 = errors;
                                                          validate72(data26[key4], { instancePath: instancePath + "/states/" + key4.replace(/~/g, "~0").replace(/\//g, "~1"), parentData: data26, parentDataProperty: key4, rootData }) || (vErrors = vErrors === null ? validate72.errors : vErrors.concat(validate72.errors), errors = vErrors.length);
                                                          var valid6 = _errs47 === errors;
                                                          if (!valid6)
                                                            break;
                                                        }
                                                      _errs46 === errors && data26["stage-0"] !== void 0 && (validate72(data26["stage-0"], { instancePath: instancePath + "/states/stage-0", parentData: data26, parentDataProperty: "stage-0", rootData }) || (vErrors = vErrors === null ? validate72.errors : vErrors.concat(validate72.errors), errors = vErrors.length));
                                                    }
                                                  } else
                                                    return validate34.errors = [{ instancePath: instancePath + "/states", schemaPath: "#/properties/states/type", keyword: "type", params: { type: "object" } }], !1;
                                                var valid0 = _errs43 === errors;
                                              } else
                                                var valid0 = !0;
                                              if (valid0)
                                                if (data.transitions !== void 0) {
                                                  let data29 = data.transitions, _errs49 = errors;
                                                  if (errors === _errs49)
                                                    if (Array.isArray(data29)) {
                                                      var valid8 = !0;
                                                      let len2 = data29.length;
                                                      for (let i2 = 0; i2 < len2; i2++) {
                                                        let _errs51 = errors;
                                                        validate79(data29[i2], { instancePath: instancePath + "/transitions/" + i2, parentData: data29, parentDataProperty: i2, rootData }) || (vErrors = vErrors === null ? validate79.errors : vErrors.concat(validate79.errors), errors = vErrors.length);
                                                        var valid8 = _errs51 === errors;
                                                        if (!valid8)
                                                          break;
                                                      }
                                                    } else
                                                      return validate34.errors = [{ instancePath: instancePath + "/transitions", schemaPath: "#/properties/transitions/type", keyword: "type", params: { type: "array" } }], !1;
                                                  var valid0 = _errs49 === errors;
                                                } else
                                                  var valid0 = !0;
                                            }
                                          }
                                        }
                                      }
                                    }
                                  }
                                }
                              }
                            }
                          }
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    } else
      return validate34.errors = [{ instancePath, schemaPath: "#/type", keyword: "type", params: { type: "object" } }], !1;
  return validate34.errors = vErrors, errors === 0;
}
var pattern19 = new RegExp("^[A-Z][A-Za-z0-9]*$", "u");
function validate87(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
  let vErrors = null, errors = 0;
  if (errors === 0)
    if (data && typeof data == "object" && !Array.isArray(data)) {
      let missing0;
      if (data.apiVersion === void 0 && (missing0 = "apiVersion") || data.kind === void 0 && (missing0 = "kind") || data.name === void 0 && (missing0 = "name"))
        return validate87.errors = [{ instancePath, schemaPath: "#/required", keyword: "required", params: { missingProperty: missing0 } }], !1;
      {
        let _errs1 = errors;
        for (let key0 in data)
          if (!(key0 === "apiVersion" || key0 === "kind" || key0 === "namespace" || key0 === "name")) {
            return validate87.errors = [{ instancePath, schemaPath: "#/additionalProperties", keyword: "additionalProperties", params: { additionalProperty: key0 } }], !1;
            break;
          }
        if (_errs1 === errors) {
          if (data.apiVersion !== void 0) {
            let data0 = data.apiVersion, _errs2 = errors;
            if (errors === _errs2)
              if (typeof data0 == "string") {
                if (func3(data0) < 1)
                  return validate87.errors = [{ instancePath: instancePath + "/apiVersion", schemaPath: "#/properties/apiVersion/minLength", keyword: "minLength", params: { limit: 1 } }], !1;
              } else
                return validate87.errors = [{ instancePath: instancePath + "/apiVersion", schemaPath: "#/properties/apiVersion/type", keyword: "type", params: { type: "string" } }], !1;
            var valid0 = _errs2 === errors;
          } else
            var valid0 = !0;
          if (valid0) {
            if (data.kind !== void 0) {
              let data1 = data.kind, _errs4 = errors;
              if (errors === _errs4)
                if (typeof data1 == "string") {
                  if (!pattern19.test(data1))
                    return validate87.errors = [{ instancePath: instancePath + "/kind", schemaPath: "#/properties/kind/pattern", keyword: "pattern", params: { pattern: "^[A-Z][A-Za-z0-9]*$" } }], !1;
                } else
                  return validate87.errors = [{ instancePath: instancePath + "/kind", schemaPath: "#/properties/kind/type", keyword: "type", params: { type: "string" } }], !1;
              var valid0 = _errs4 === errors;
            } else
              var valid0 = !0;
            if (valid0) {
              if (data.namespace !== void 0) {
                let _errs6 = errors;
                validate35(data.namespace, { instancePath: instancePath + "/namespace", parentData: data, parentDataProperty: "namespace", rootData }) || (vErrors = vErrors === null ? validate35.errors : vErrors.concat(validate35.errors), errors = vErrors.length);
                var valid0 = _errs6 === errors;
              } else
                var valid0 = !0;
              if (valid0)
                if (data.name !== void 0) {
                  let _errs7 = errors;
                  validate43(data.name, { instancePath: instancePath + "/name", parentData: data, parentDataProperty: "name", rootData }) || (vErrors = vErrors === null ? validate43.errors : vErrors.concat(validate43.errors), errors = vErrors.length);
                  var valid0 = _errs7 === errors;
                } else
                  var valid0 = !0;
            }
          }
        }
      }
    } else
      return validate87.errors = [{ instancePath, schemaPath: "#/type", keyword: "type", params: { type: "object" } }], !1;
  return validate87.errors = vErrors, errors === 0;
}
function validate92(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
  let vErrors = null, errors = 0;
  if (errors === 0)
    if (data && typeof data == "object" && !Array.isArray(data)) {
      let missing0;
      if (data.apiVersion === void 0 && (missing0 = "apiVersion") || data.kind === void 0 && (missing0 = "kind") || data.name === void 0 && (missing0 = "name"))
        return validate92.errors = [{ instancePath, schemaPath: "#/required", keyword: "required", params: { missingProperty: missing0 } }], !1;
      {
        let _errs1 = errors;
        for (let key0 in data)
          if (!(key0 === "apiVersion" || key0 === "kind" || key0 === "namespace" || key0 === "name")) {
            return validate92.errors = [{ instancePath, schemaPath: "#/additionalProperties", keyword: "additionalProperties", params: { additionalProperty: key0 } }], !1;
            break;
          }
        if (_errs1 === errors) {
          if (data.apiVersion !== void 0) {
            let data0 = data.apiVersion, _errs2 = errors;
            if (errors === _errs2)
              if (typeof data0 == "string") {
                if (func3(data0) < 1)
                  return validate92.errors = [{ instancePath: instancePath + "/apiVersion", schemaPath: "#/properties/apiVersion/minLength", keyword: "minLength", params: { limit: 1 } }], !1;
              } else
                return validate92.errors = [{ instancePath: instancePath + "/apiVersion", schemaPath: "#/properties/apiVersion/type", keyword: "type", params: { type: "string" } }], !1;
            var valid0 = _errs2 === errors;
          } else
            var valid0 = !0;
          if (valid0) {
            if (data.kind !== void 0) {
              let data1 = data.kind, _errs4 = errors;
              if (errors === _errs4)
                if (typeof data1 == "string") {
                  if (!pattern19.test(data1))
                    return validate92.errors = [{ instancePath: instancePath + "/kind", schemaPath: "#/properties/kind/pattern", keyword: "pattern", params: { pattern: "^[A-Z][A-Za-z0-9]*$" } }], !1;
                } else
                  return validate92.errors = [{ instancePath: instancePath + "/kind", schemaPath: "#/properties/kind/type", keyword: "type", params: { type: "string" } }], !1;
              var valid0 = _errs4 === errors;
            } else
              var valid0 = !0;
            if (valid0) {
              if (data.namespace !== void 0) {
                let _errs6 = errors;
                validate35(data.namespace, { instancePath: instancePath + "/namespace", parentData: data, parentDataProperty: "namespace", rootData }) || (vErrors = vErrors === null ? validate35.errors : vErrors.concat(validate35.errors), errors = vErrors.length);
                var valid0 = _errs6 === errors;
              } else
                var valid0 = !0;
              if (valid0)
                if (data.name !== void 0) {
                  let data3 = data.name, _errs7 = errors;
                  if (errors === _errs7)
                    if (typeof data3 == "string") {
                      if (func3(data3) > 253)
                        return validate92.errors = [{ instancePath: instancePath + "/name", schemaPath: "#/properties/name/maxLength", keyword: "maxLength", params: { limit: 253 } }], !1;
                      if (func3(data3) < 1)
                        return validate92.errors = [{ instancePath: instancePath + "/name", schemaPath: "#/properties/name/minLength", keyword: "minLength", params: { limit: 1 } }], !1;
                    } else
                      return validate92.errors = [{ instancePath: instancePath + "/name", schemaPath: "#/properties/name/type", keyword: "type", params: { type: "string" } }], !1;
                  var valid0 = _errs7 === errors;
                } else
                  var valid0 = !0;
            }
          }
        }
      }
    } else
      return validate92.errors = [{ instancePath, schemaPath: "#/type", keyword: "type", params: { type: "object" } }], !1;
  return validate92.errors = vErrors, errors === 0;
}
var schema31 = { type: "object", properties: { code: { type: "string", examples: ["share-off"], pattern: "^[a-z]+(?:-[a-z]+)*$" }, level: { enum: ["warning", "info"] }, message: { type: "string", minLength: 1 }, path: { type: "string" } }, required: ["code", "level", "message", "path"], additionalProperties: !1 };
function validate95(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
  let vErrors = null, errors = 0;
  if (errors === 0)
    if (data && typeof data == "object" && !Array.isArray(data)) {
      let missing0;
      if (data.code === void 0 && (missing0 = "code") || data.level === void 0 && (missing0 = "level") || data.message === void 0 && (missing0 = "message") || data.path === void 0 && (missing0 = "path"))
        return validate95.errors = [{ instancePath, schemaPath: "#/required", keyword: "required", params: { missingProperty: missing0 } }], !1;
      {
        let _errs1 = errors;
        for (let key0 in data)
          if (!(key0 === "code" || key0 === "level" || key0 === "message" || key0 === "path")) {
            return validate95.errors = [{ instancePath, schemaPath: "#/additionalProperties", keyword: "additionalProperties", params: { additionalProperty: key0 } }], !1;
            break;
          }
        if (_errs1 === errors) {
          if (data.code !== void 0) {
            let data0 = data.code, _errs2 = errors;
            if (errors === _errs2)
              if (typeof data0 == "string") {
                if (!pattern7.test(data0))
                  return validate95.errors = [{ instancePath: instancePath + "/code", schemaPath: "#/properties/code/pattern", keyword: "pattern", params: { pattern: "^[a-z]+(?:-[a-z]+)*$" } }], !1;
              } else
                return validate95.errors = [{ instancePath: instancePath + "/code", schemaPath: "#/properties/code/type", keyword: "type", params: { type: "string" } }], !1;
            var valid0 = _errs2 === errors;
          } else
            var valid0 = !0;
          if (valid0) {
            if (data.level !== void 0) {
              let data1 = data.level, _errs4 = errors;
              if (!(data1 === "warning" || data1 === "info"))
                return validate95.errors = [{ instancePath: instancePath + "/level", schemaPath: "#/properties/level/enum", keyword: "enum", params: { allowedValues: schema31.properties.level.enum } }], !1;
              var valid0 = _errs4 === errors;
            } else
              var valid0 = !0;
            if (valid0) {
              if (data.message !== void 0) {
                let data2 = data.message, _errs5 = errors;
                if (errors === _errs5)
                  if (typeof data2 == "string") {
                    if (func3(data2) < 1)
                      return validate95.errors = [{ instancePath: instancePath + "/message", schemaPath: "#/properties/message/minLength", keyword: "minLength", params: { limit: 1 } }], !1;
                  } else
                    return validate95.errors = [{ instancePath: instancePath + "/message", schemaPath: "#/properties/message/type", keyword: "type", params: { type: "string" } }], !1;
                var valid0 = _errs5 === errors;
              } else
                var valid0 = !0;
              if (valid0)
                if (data.path !== void 0) {
                  let _errs7 = errors;
                  if (typeof data.path != "string")
                    return validate95.errors = [{ instancePath: instancePath + "/path", schemaPath: "#/properties/path/type", keyword: "type", params: { type: "string" } }], !1;
                  var valid0 = _errs7 === errors;
                } else
                  var valid0 = !0;
            }
          }
        }
      }
    } else
      return validate95.errors = [{ instancePath, schemaPath: "#/type", keyword: "type", params: { type: "object" } }], !1;
  return validate95.errors = vErrors, errors === 0;
}
var pattern22 = new RegExp("^(?!/)(?!.*(?:^|/)\\.\\.?(?:/|$))[^\\\\]+$", "u"), pattern23 = new RegExp("^sha256:[0-9a-f]{64}$", "u");
function validate21(data, { instancePath = "", parentData, parentDataProperty, rootData = data } = {}) {
  let vErrors = null, errors = 0;
  if (errors === 0)
    if (data && typeof data == "object" && !Array.isArray(data)) {
      let missing0;
      if (data.version === void 0 && (missing0 = "version") || data.stages === void 0 && (missing0 = "stages") || data.order === void 0 && (missing0 = "order") || data.pairs === void 0 && (missing0 = "pairs") || data.cleanup === void 0 && (missing0 = "cleanup") || data.findings === void 0 && (missing0 = "findings") || data.files === void 0 && (missing0 = "files"))
        return validate21.errors = [{ instancePath, schemaPath: "#/required", keyword: "required", params: { missingProperty: missing0 } }], !1;
      {
        let _errs1 = errors;
        for (let key0 in data)
          if (!(key0 === "version" || key0 === "stages" || key0 === "order" || key0 === "pairs" || key0 === "cleanup" || key0 === "outside" || key0 === "findings" || key0 === "files")) {
            return validate21.errors = [{ instancePath, schemaPath: "#/additionalProperties", keyword: "additionalProperties", params: { additionalProperty: key0 } }], !1;
            break;
          }
        if (_errs1 === errors) {
          if (data.version !== void 0) {
            let _errs2 = errors;
            if (data.version !== 1)
              return validate21.errors = [{ instancePath: instancePath + "/version", schemaPath: "#/properties/version/const", keyword: "const", params: { allowedValue: 1 } }], !1;
            var valid0 = _errs2 === errors;
          } else
            var valid0 = !0;
          if (valid0) {
            if (data.stages !== void 0) {
              let data1 = data.stages, _errs3 = errors;
              if (errors === _errs3)
                if (Array.isArray(data1)) {
                  var valid1 = !0;
                  let len0 = data1.length;
                  for (let i0 = 0; i0 < len0; i0++) {
                    let _errs5 = errors;
                    validate22(data1[i0], { instancePath: instancePath + "/stages/" + i0, parentData: data1, parentDataProperty: i0, rootData }) || (vErrors = vErrors === null ? validate22.errors : vErrors.concat(validate22.errors), errors = vErrors.length);
                    var valid1 = _errs5 === errors;
                    if (!valid1)
                      break;
                  }
                } else
                  return validate21.errors = [{ instancePath: instancePath + "/stages", schemaPath: "#/properties/stages/type", keyword: "type", params: { type: "array" } }], !1;
              var valid0 = _errs3 === errors;
            } else
              var valid0 = !0;
            if (valid0) {
              if (data.order !== void 0) {
                let data3 = data.order, _errs6 = errors;
                if (errors === _errs6)
                  if (data3 && typeof data3 == "object" && !Array.isArray(data3)) {
                    let missing1;
                    if (data3.advance === void 0 && (missing1 = "advance") || data3.rollback === void 0 && (missing1 = "rollback"))
                      return validate21.errors = [{ instancePath: instancePath + "/order", schemaPath: "#/properties/order/required", keyword: "required", params: { missingProperty: missing1 } }], !1;
                    {
                      let _errs8 = errors;
                      for (let key1 in data3)
                        if (!(key1 === "advance" || key1 === "rollback")) {
                          return validate21.errors = [{ instancePath: instancePath + "/order", schemaPath: "#/properties/order/additionalProperties", keyword: "additionalProperties", params: { additionalProperty: key1 } }], !1;
                          break;
                        }
                      if (_errs8 === errors) {
                        if (data3.advance !== void 0) {
                          let data4 = data3.advance, _errs9 = errors;
                          if (errors === _errs9)
                            if (Array.isArray(data4)) {
                              if (data4.length < 1)
                                return validate21.errors = [{ instancePath: instancePath + "/order/advance", schemaPath: "#/properties/order/properties/advance/minItems", keyword: "minItems", params: { limit: 1 } }], !1;
                              {
                                var valid3 = !0;
                                let len1 = data4.length;
                                for (let i1 = 0; i1 < len1; i1++) {
                                  let data5 = data4[i1], _errs11 = errors;
                                  if (typeof data5 != "string")
                                    return validate21.errors = [{ instancePath: instancePath + "/order/advance/" + i1, schemaPath: "#/properties/order/properties/advance/items/type", keyword: "type", params: { type: "string" } }], !1;
                                  validate28(data5, { instancePath: instancePath + "/order/advance/" + i1, parentData: data4, parentDataProperty: i1, rootData }) || (vErrors = vErrors === null ? validate28.errors : vErrors.concat(validate28.errors), errors = vErrors.length);
                                  var valid3 = _errs11 === errors;
                                  if (!valid3)
                                    break;
                                }
                                if (valid3) {
                                  let _errs13 = errors, len2 = data4.length;
                                  for (let i2 = 0; i2 < len2; i2++) {
                                    let _errs14 = errors;
                                    if (data4[i2] !== "stage-0") {
                                      let err0 = { instancePath: instancePath + "/order/advance/" + i2, schemaPath: "#/properties/order/properties/advance/contains/const", keyword: "const", params: { allowedValue: "stage-0" } };
                                      vErrors === null ? vErrors = [err0] : vErrors.push(err0), errors++;
                                    }
                                    var valid4 = _errs14 === errors;
                                    if (valid4)
                                      break;
                                  }
                                  if (valid4) {
                                    errors = _errs13, vErrors !== null && (_errs13 ? vErrors.length = _errs13 : vErrors = null);
                                    let i3 = data4.length, j0;
                                    if (i3 > 1) {
                                      let indices0 = {};
                                      for (; i3--; ) {
                                        let item0 = data4[i3];
                                        if (typeof item0 == "string") {
                                          if (typeof indices0[item0] == "number") {
                                            return j0 = indices0[item0], validate21.errors = [{ instancePath: instancePath + "/order/advance", schemaPath: "#/properties/order/properties/advance/uniqueItems", keyword: "uniqueItems", params: { i: i3, j: j0 } }], !1;
                                            break;
                                          }
                                          indices0[item0] = i3;
                                        }
                                      }
                                    }
                                  } else
                                    return validate21.errors = [{ instancePath: instancePath + "/order/advance", schemaPath: "#/properties/order/properties/advance/contains", keyword: "contains", params: { minContains: 1 } }], !1;
                                }
                              }
                            } else
                              return validate21.errors = [{ instancePath: instancePath + "/order/advance", schemaPath: "#/properties/order/properties/advance/type", keyword: "type", params: { type: "array" } }], !1;
                          var valid2 = _errs9 === errors;
                        } else
                          var valid2 = !0;
                        if (valid2)
                          if (data3.rollback !== void 0) {
                            let data7 = data3.rollback, _errs15 = errors;
                            if (errors === _errs15)
                              if (data7 && typeof data7 == "object" && !Array.isArray(data7)) {
                                for (let key2 in data7) {
                                  let _errs17 = errors;
                                  validate30(key2, { instancePath: instancePath + "/order/rollback", parentData: data7, parentDataProperty: "rollback", rootData }) || (vErrors = vErrors === null ? validate30.errors : vErrors.concat(validate30.errors), errors = vErrors.length);
                                  var valid6 = _errs17 === errors;
                                  if (!valid6) {
                                    let err1 = { instancePath: instancePath + "/order/rollback", schemaPath: "#/properties/order/properties/rollback/propertyNames", keyword: "propertyNames", params: { propertyName: key2 } };
                                    return vErrors === null ? vErrors = [err1] : vErrors.push(err1), errors++, validate21.errors = vErrors, !1;
                                    break;
                                  }
                                }
                                if (valid6)
                                  for (let key3 in data7) {
                                    let data8 = data7[key3], _errs19 = errors;
                                    if (errors === _errs19)
                                      if (Array.isArray(data8)) {
                                        if (data8.length < 1)
                                          return validate21.errors = [{ instancePath: instancePath + "/order/rollback/" + key3.replace(/~/g, "~0").replace(/\//g, "~1"), schemaPath: "#/properties/order/properties/rollback/additionalProperties/minItems", keyword: "minItems", params: { limit: 1 } }], !1;
                                        {
                                          var valid8 = !0;
                                          let len3 = data8.length;
                                          for (let i4 = 0; i4 < len3; i4++) {
                                            let data9 = data8[i4], _errs21 = errors;
                                            if (typeof data9 != "string")
                                              return validate21.errors = [{ instancePath: instancePath + "/order/rollback/" + key3.replace(/~/g, "~0").replace(/\//g, "~1") + "/" + i4, schemaPath: "#/properties/order/properties/rollback/additionalProperties/items/type", keyword: "type", params: { type: "string" } }], !1;
                                            validate32(data9, { instancePath: instancePath + "/order/rollback/" + key3.replace(/~/g, "~0").replace(/\//g, "~1") + "/" + i4, parentData: data8, parentDataProperty: i4, rootData }) || (vErrors = vErrors === null ? validate32.errors : vErrors.concat(validate32.errors), errors = vErrors.length);
                                            var valid8 = _errs21 === errors;
                                            if (!valid8)
                                              break;
                                          }
                                          if (valid8) {
                                            let _errs23 = errors, len4 = data8.length;
                                            for (let i5 = 0; i5 < len4; i5++) {
                                              let _errs24 = errors;
                                              if (data8[i5] !== "stage-0") {
                                                let err2 = { instancePath: instancePath + "/order/rollback/" + key3.replace(/~/g, "~0").replace(/\//g, "~1") + "/" + i5, schemaPath: "#/properties/order/properties/rollback/additionalProperties/contains/const", keyword: "const", params: { allowedValue: "stage-0" } };
                                                vErrors === null ? vErrors = [err2] : vErrors.push(err2), errors++;
                                              }
                                              var valid9 = _errs24 === errors;
                                              if (valid9)
                                                break;
                                            }
                                            if (valid9) {
                                              errors = _errs23, vErrors !== null && (_errs23 ? vErrors.length = _errs23 : vErrors = null);
                                              let i6 = data8.length, j1;
                                              if (i6 > 1) {
                                                let indices1 = {};
                                                for (; i6--; ) {
                                                  let item1 = data8[i6];
                                                  if (typeof item1 == "string") {
                                                    if (typeof indices1[item1] == "number") {
                                                      return j1 = indices1[item1], validate21.errors = [{ instancePath: instancePath + "/order/rollback/" + key3.replace(/~/g, "~0").replace(/\//g, "~1"), schemaPath: "#/properties/order/properties/rollback/additionalProperties/uniqueItems", keyword: "uniqueItems", params: { i: i6, j: j1 } }], !1;
                                                      break;
                                                    }
                                                    indices1[item1] = i6;
                                                  }
                                                }
                                              }
                                            } else
                                              return validate21.errors = [{ instancePath: instancePath + "/order/rollback/" + key3.replace(/~/g, "~0").replace(/\//g, "~1"), schemaPath: "#/properties/order/properties/rollback/additionalProperties/contains", keyword: "contains", params: { minContains: 1 } }], !1;
                                          }
                                        }
                                      } else
                                        return validate21.errors = [{ instancePath: instancePath + "/order/rollback/" + key3.replace(/~/g, "~0").replace(/\//g, "~1"), schemaPath: "#/properties/order/properties/rollback/additionalProperties/type", keyword: "type", params: { type: "array" } }], !1;
                                    var valid7 = _errs19 === errors;
                                    if (!valid7)
                                      break;
                                  }
                              } else
                                return validate21.errors = [{ instancePath: instancePath + "/order/rollback", schemaPath: "#/properties/order/properties/rollback/type", keyword: "type", params: { type: "object" } }], !1;
                            var valid2 = _errs15 === errors;
                          } else
                            var valid2 = !0;
                      }
                    }
                  } else
                    return validate21.errors = [{ instancePath: instancePath + "/order", schemaPath: "#/properties/order/type", keyword: "type", params: { type: "object" } }], !1;
                var valid0 = _errs6 === errors;
              } else
                var valid0 = !0;
              if (valid0) {
                if (data.pairs !== void 0) {
                  let data11 = data.pairs, _errs25 = errors;
                  if (errors === _errs25)
                    if (Array.isArray(data11)) {
                      var valid11 = !0;
                      let len5 = data11.length;
                      for (let i7 = 0; i7 < len5; i7++) {
                        let _errs27 = errors;
                        validate34(data11[i7], { instancePath: instancePath + "/pairs/" + i7, parentData: data11, parentDataProperty: i7, rootData }) || (vErrors = vErrors === null ? validate34.errors : vErrors.concat(validate34.errors), errors = vErrors.length);
                        var valid11 = _errs27 === errors;
                        if (!valid11)
                          break;
                      }
                    } else
                      return validate21.errors = [{ instancePath: instancePath + "/pairs", schemaPath: "#/properties/pairs/type", keyword: "type", params: { type: "array" } }], !1;
                  var valid0 = _errs25 === errors;
                } else
                  var valid0 = !0;
                if (valid0) {
                  if (data.cleanup !== void 0) {
                    let data13 = data.cleanup, _errs28 = errors;
                    if (errors === _errs28)
                      if (data13 && typeof data13 == "object" && !Array.isArray(data13)) {
                        let missing2;
                        if (data13.afterPromotion === void 0 && (missing2 = "afterPromotion") || data13.afterRollback === void 0 && (missing2 = "afterRollback"))
                          return validate21.errors = [{ instancePath: instancePath + "/cleanup", schemaPath: "#/properties/cleanup/required", keyword: "required", params: { missingProperty: missing2 } }], !1;
                        {
                          let _errs30 = errors;
                          for (let key4 in data13)
                            if (!(key4 === "afterPromotion" || key4 === "afterRollback")) {
                              return validate21.errors = [{ instancePath: instancePath + "/cleanup", schemaPath: "#/properties/cleanup/additionalProperties", keyword: "additionalProperties", params: { additionalProperty: key4 } }], !1;
                              break;
                            }
                          if (_errs30 === errors) {
                            if (data13.afterPromotion !== void 0) {
                              let data14 = data13.afterPromotion, _errs31 = errors;
                              if (errors === _errs31)
                                if (Array.isArray(data14)) {
                                  var valid13 = !0;
                                  let len6 = data14.length;
                                  for (let i8 = 0; i8 < len6; i8++) {
                                    let _errs33 = errors;
                                    validate87(data14[i8], { instancePath: instancePath + "/cleanup/afterPromotion/" + i8, parentData: data14, parentDataProperty: i8, rootData }) || (vErrors = vErrors === null ? validate87.errors : vErrors.concat(validate87.errors), errors = vErrors.length);
                                    var valid13 = _errs33 === errors;
                                    if (!valid13)
                                      break;
                                  }
                                } else
                                  return validate21.errors = [{ instancePath: instancePath + "/cleanup/afterPromotion", schemaPath: "#/properties/cleanup/properties/afterPromotion/type", keyword: "type", params: { type: "array" } }], !1;
                              var valid12 = _errs31 === errors;
                            } else
                              var valid12 = !0;
                            if (valid12)
                              if (data13.afterRollback !== void 0) {
                                let data16 = data13.afterRollback, _errs34 = errors;
                                if (errors === _errs34)
                                  if (Array.isArray(data16)) {
                                    var valid14 = !0;
                                    let len7 = data16.length;
                                    for (let i9 = 0; i9 < len7; i9++) {
                                      let _errs36 = errors;
                                      validate87(data16[i9], { instancePath: instancePath + "/cleanup/afterRollback/" + i9, parentData: data16, parentDataProperty: i9, rootData }) || (vErrors = vErrors === null ? validate87.errors : vErrors.concat(validate87.errors), errors = vErrors.length);
                                      var valid14 = _errs36 === errors;
                                      if (!valid14)
                                        break;
                                    }
                                  } else
                                    return validate21.errors = [{ instancePath: instancePath + "/cleanup/afterRollback", schemaPath: "#/properties/cleanup/properties/afterRollback/type", keyword: "type", params: { type: "array" } }], !1;
                                var valid12 = _errs34 === errors;
                              } else
                                var valid12 = !0;
                          }
                        }
                      } else
                        return validate21.errors = [{ instancePath: instancePath + "/cleanup", schemaPath: "#/properties/cleanup/type", keyword: "type", params: { type: "object" } }], !1;
                    var valid0 = _errs28 === errors;
                  } else
                    var valid0 = !0;
                  if (valid0) {
                    if (data.outside !== void 0) {
                      let data18 = data.outside, _errs37 = errors;
                      if (errors === _errs37)
                        if (Array.isArray(data18)) {
                          var valid15 = !0;
                          let len8 = data18.length;
                          for (let i10 = 0; i10 < len8; i10++) {
                            let _errs39 = errors;
                            validate92(data18[i10], { instancePath: instancePath + "/outside/" + i10, parentData: data18, parentDataProperty: i10, rootData }) || (vErrors = vErrors === null ? validate92.errors : vErrors.concat(validate92.errors), errors = vErrors.length);
                            var valid15 = _errs39 === errors;
                            if (!valid15)
                              break;
                          }
                        } else
                          return validate21.errors = [{ instancePath: instancePath + "/outside", schemaPath: "#/properties/outside/type", keyword: "type", params: { type: "array" } }], !1;
                      var valid0 = _errs37 === errors;
                    } else
                      var valid0 = !0;
                    if (valid0) {
                      if (data.findings !== void 0) {
                        let data20 = data.findings, _errs40 = errors;
                        if (errors === _errs40)
                          if (Array.isArray(data20)) {
                            var valid16 = !0;
                            let len9 = data20.length;
                            for (let i11 = 0; i11 < len9; i11++) {
                              let _errs42 = errors;
                              validate95(data20[i11], { instancePath: instancePath + "/findings/" + i11, parentData: data20, parentDataProperty: i11, rootData }) || (vErrors = vErrors === null ? validate95.errors : vErrors.concat(validate95.errors), errors = vErrors.length);
                              var valid16 = _errs42 === errors;
                              if (!valid16)
                                break;
                            }
                          } else
                            return validate21.errors = [{ instancePath: instancePath + "/findings", schemaPath: "#/properties/findings/type", keyword: "type", params: { type: "array" } }], !1;
                        var valid0 = _errs40 === errors;
                      } else
                        var valid0 = !0;
                      if (valid0)
                        if (data.files !== void 0) {
                          let data22 = data.files, _errs43 = errors;
                          if (errors === _errs43)
                            if (data22 && typeof data22 == "object" && !Array.isArray(data22)) {
                              for (let key5 in data22) {
                                let _errs45 = errors;
                                if (errors === _errs45)
                                  if (typeof key5 == "string") {
                                    if (!pattern22.test(key5)) {
                                      let err3 = { instancePath: instancePath + "/files", schemaPath: "#/properties/files/propertyNames/pattern", keyword: "pattern", params: { pattern: "^(?!/)(?!.*(?:^|/)\\.\\.?(?:/|$))[^\\\\]+$" }, propertyName: key5 };
                                      vErrors === null ? vErrors = [err3] : vErrors.push(err3), errors++;
                                    }
                                  } else {
                                    let err4 = { instancePath: instancePath + "/files", schemaPath: "#/properties/files/propertyNames/type", keyword: "type", params: { type: "string" }, propertyName: key5 };
                                    vErrors === null ? vErrors = [err4] : vErrors.push(err4), errors++;
                                  }
                                var valid17 = _errs45 === errors;
                                if (!valid17) {
                                  let err5 = { instancePath: instancePath + "/files", schemaPath: "#/properties/files/propertyNames", keyword: "propertyNames", params: { propertyName: key5 } };
                                  return vErrors === null ? vErrors = [err5] : vErrors.push(err5), errors++, validate21.errors = vErrors, !1;
                                  break;
                                }
                              }
                              if (valid17)
                                for (let key6 in data22) {
                                  let data23 = data22[key6], _errs48 = errors;
                                  if (errors === _errs48)
                                    if (typeof data23 == "string") {
                                      if (!pattern23.test(data23))
                                        return validate21.errors = [{ instancePath: instancePath + "/files/" + key6.replace(/~/g, "~0").replace(/\//g, "~1"), schemaPath: "#/properties/files/additionalProperties/pattern", keyword: "pattern", params: { pattern: "^sha256:[0-9a-f]{64}$" } }], !1;
                                    } else
                                      return validate21.errors = [{ instancePath: instancePath + "/files/" + key6.replace(/~/g, "~0").replace(/\//g, "~1"), schemaPath: "#/properties/files/additionalProperties/type", keyword: "type", params: { type: "string" } }], !1;
                                  var valid18 = _errs48 === errors;
                                  if (!valid18)
                                    break;
                                }
                            } else
                              return validate21.errors = [{ instancePath: instancePath + "/files", schemaPath: "#/properties/files/type", keyword: "type", params: { type: "object" } }], !1;
                          var valid0 = _errs43 === errors;
                        } else
                          var valid0 = !0;
                    }
                  }
                }
              }
            }
          }
        }
      }
    } else
      return validate21.errors = [{ instancePath, schemaPath: "#/type", keyword: "type", params: { type: "object" } }], !1;
  return validate21.errors = vErrors, errors === 0;
}

/** The schema without its descriptions. */
export const PLAN_SCHEMA: Record<string, unknown> = {
  "type": "object",
  "properties": {
    "version": {
      "const": 1
    },
    "stages": {
      "type": "array",
      "items": {
        "$ref": "#/$defs/stage"
      }
    },
    "order": {
      "type": "object",
      "properties": {
        "advance": {
          "type": "array",
          "items": {
            "$ref": "#/$defs/forwardFolder",
            "type": "string"
          },
          "contains": {
            "const": "stage-0"
          },
          "minItems": 1,
          "uniqueItems": true
        },
        "rollback": {
          "type": "object",
          "propertyNames": {
            "$ref": "#/$defs/rollbackStart"
          },
          "additionalProperties": {
            "type": "array",
            "items": {
              "$ref": "#/$defs/folder",
              "type": "string"
            },
            "contains": {
              "const": "stage-0"
            },
            "minItems": 1,
            "uniqueItems": true
          }
        }
      },
      "required": [
        "advance",
        "rollback"
      ],
      "additionalProperties": false
    },
    "pairs": {
      "type": "array",
      "items": {
        "$ref": "#/$defs/pair"
      }
    },
    "cleanup": {
      "type": "object",
      "properties": {
        "afterPromotion": {
          "type": "array",
          "items": {
            "$ref": "#/$defs/object"
          }
        },
        "afterRollback": {
          "type": "array",
          "items": {
            "$ref": "#/$defs/object"
          }
        }
      },
      "required": [
        "afterPromotion",
        "afterRollback"
      ],
      "additionalProperties": false
    },
    "outside": {
      "type": "array",
      "items": {
        "$ref": "#/$defs/outsideObject"
      }
    },
    "findings": {
      "type": "array",
      "items": {
        "$ref": "#/$defs/finding"
      }
    },
    "files": {
      "type": "object",
      "propertyNames": {
        "type": "string",
        "examples": [
          "stage-0/app.yaml"
        ],
        "pattern": "^(?!/)(?!.*(?:^|/)\\.\\.?(?:/|$))[^\\\\]+$"
      },
      "additionalProperties": {
        "type": "string",
        "examples": [
          "sha256:…"
        ],
        "pattern": "^sha256:[0-9a-f]{64}$"
      }
    }
  },
  "required": [
    "version",
    "stages",
    "order",
    "pairs",
    "cleanup",
    "findings",
    "files"
  ],
  "additionalProperties": false,
  "$defs": {
    "stage": {
      "type": "object",
      "properties": {
        "folder": {
          "$ref": "#/$defs/stageFolder"
        },
        "weight": {
          "$ref": "#/$defs/weight"
        }
      },
      "required": [
        "folder",
        "weight"
      ],
      "additionalProperties": false
    },
    "stageFolder": {
      "type": "string",
      "examples": [
        "stage-10"
      ],
      "pattern": "^stage-(?!0$)(?!.*-up$)(?!.*\\.\\.)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$"
    },
    "forwardFolder": {
      "type": "string",
      "examples": [
        "stage-10"
      ],
      "pattern": "^(?:stage-(?!0-up$)(?!.*\\.\\.)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|promoted(?:-(?:up|route))?)$"
    },
    "rollbackStart": {
      "type": "string",
      "examples": [
        "stage-10"
      ],
      "pattern": "^(?:stage-(?!0$)(?!.*-up$)(?!.*\\.\\.)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|promoted)$"
    },
    "folder": {
      "type": "string",
      "examples": [
        "stage-10"
      ],
      "pattern": "^(?:(?:rollback/from-)?stage-(?!.*\\.\\.)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|promoted(?:-(?:up|route))?)$"
    },
    "weight": {
      "type": "string",
      "examples": [
        "1/10"
      ],
      "pattern": "^(?:1|[1-9][0-9]*/[1-9][0-9]*)$"
    },
    "share": {
      "type": "string",
      "examples": [
        "1/10"
      ],
      "pattern": "^(?:0|1|[1-9][0-9]*/[1-9][0-9]*)$"
    },
    "difference": {
      "type": "string",
      "examples": [
        "1/100"
      ],
      "pattern": "^(?:0|-?[1-9][0-9]*/[1-9][0-9]*)$"
    },
    "distance": {
      "type": "string",
      "examples": [
        "1/100"
      ],
      "pattern": "^(?:0|[1-9][0-9]*/[1-9][0-9]*)$"
    },
    "pods": {
      "type": "integer",
      "minimum": 0,
      "maximum": 300000
    },
    "namespace": {
      "type": "string",
      "examples": [
        "shop"
      ],
      "pattern": "^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$",
      "maxLength": 63
    },
    "objectName": {
      "type": "string",
      "examples": [
        "shop"
      ],
      "pattern": "^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$",
      "maxLength": 253
    },
    "deploymentName": {
      "type": "string",
      "examples": [
        "shop-a"
      ],
      "pattern": "^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$",
      "maxLength": 63
    },
    "labels": {
      "type": "object",
      "additionalProperties": {
        "type": "string",
        "maxLength": 63
      }
    },
    "object": {
      "type": "object",
      "properties": {
        "apiVersion": {
          "type": "string",
          "minLength": 1
        },
        "kind": {
          "type": "string",
          "examples": [
            "Deployment"
          ],
          "pattern": "^[A-Z][A-Za-z0-9]*$"
        },
        "namespace": {
          "$ref": "#/$defs/namespace"
        },
        "name": {
          "$ref": "#/$defs/objectName"
        }
      },
      "required": [
        "apiVersion",
        "kind",
        "name"
      ],
      "additionalProperties": false
    },
    "outsideObject": {
      "type": "object",
      "properties": {
        "apiVersion": {
          "type": "string",
          "minLength": 1
        },
        "kind": {
          "type": "string",
          "examples": [
            "ClusterRole"
          ],
          "pattern": "^[A-Z][A-Za-z0-9]*$"
        },
        "namespace": {
          "$ref": "#/$defs/namespace"
        },
        "name": {
          "type": "string",
          "minLength": 1,
          "maxLength": 253
        }
      },
      "required": [
        "apiVersion",
        "kind",
        "name"
      ],
      "additionalProperties": false
    },
    "track": {
      "type": "object",
      "properties": {
        "deployment": {
          "$ref": "#/$defs/deploymentName"
        },
        "version": {
          "type": "string",
          "examples": [
            "1.0"
          ],
          "pattern": "^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$",
          "maxLength": 63
        },
        "subset": {
          "type": "string",
          "examples": [
            "v1-0"
          ],
          "pattern": "^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$",
          "maxLength": 63
        },
        "service": {
          "type": "string",
          "examples": [
            "pods-of-shop-a"
          ],
          "pattern": "^[a-z](?:[-a-z0-9]*[a-z0-9])?$",
          "maxLength": 63
        },
        "selector": {
          "$ref": "#/$defs/labels"
        },
        "template": {
          "type": "string",
          "examples": [
            "0123456789abcdef"
          ],
          "pattern": "^[0-9a-f]{16}$"
        },
        "configs": {
          "type": "array",
          "items": {
            "$ref": "#/$defs/objectName"
          }
        }
      },
      "required": [
        "deployment",
        "version",
        "subset"
      ],
      "additionalProperties": false
    },
    "pair": {
      "type": "object",
      "properties": {
        "path": {
          "type": "string",
          "minLength": 1
        },
        "namespace": {
          "$ref": "#/$defs/namespace"
        },
        "service": {
          "type": "string",
          "examples": [
            "shop"
          ],
          "pattern": "^[a-z](?:[-a-z0-9]*[a-z0-9])?$",
          "maxLength": 63
        },
        "hasService": {
          "type": "boolean"
        },
        "selector": {
          "$ref": "#/$defs/labels"
        },
        "router": {
          "enum": [
            "pods",
            "istio",
            "gateway"
          ]
        },
        "implementation": {
          "type": "string",
          "examples": [
            "envoy-gateway"
          ],
          "pattern": "^[a-z]+(?:-[a-z]+)*$"
        },
        "promotion": {
          "enum": [
            "swap",
            "roll"
          ]
        },
        "release": {
          "type": "string",
          "examples": [
            "0123456789abcdef"
          ],
          "pattern": "^[0-9a-f]{16}$"
        },
        "baseline": {
          "type": "integer",
          "minimum": 1,
          "maximum": 150000
        },
        "floor": {
          "type": "integer",
          "minimum": 1,
          "maximum": 150000
        },
        "autoscaling": {
          "type": "object",
          "properties": {
            "min": {
              "type": "integer",
              "minimum": 1,
              "maximum": 150000
            },
            "max": {
              "type": "integer",
              "minimum": 1,
              "maximum": 150000
            },
            "sizing": {
              "enum": [
                "live",
                "peak"
              ]
            }
          },
          "required": [
            "min",
            "max",
            "sizing"
          ],
          "additionalProperties": false
        },
        "stable": {
          "$ref": "#/$defs/track"
        },
        "canary": {
          "$ref": "#/$defs/track"
        },
        "configuration": {
          "type": "array",
          "items": {
            "$ref": "#/$defs/configuration"
          }
        },
        "stages": {
          "type": "array",
          "items": {
            "$ref": "#/$defs/pairStage"
          }
        },
        "gates": {
          "$ref": "#/$defs/gates"
        },
        "costs": {
          "type": "object",
          "properties": {
            "chosen": {
              "$ref": "#/$defs/cost"
            },
            "exact": {
              "$ref": "#/$defs/cost"
            },
            "fixed": {
              "$ref": "#/$defs/cost"
            }
          },
          "additionalProperties": false
        },
        "states": {
          "type": "object",
          "properties": {
            "stage-0": {
              "$ref": "#/$defs/state"
            }
          },
          "propertyNames": {
            "$ref": "#/$defs/folder"
          },
          "additionalProperties": {
            "$ref": "#/$defs/state"
          },
          "required": [
            "stage-0"
          ]
        },
        "transitions": {
          "type": "array",
          "items": {
            "$ref": "#/$defs/transition"
          }
        }
      },
      "required": [
        "path",
        "service",
        "router",
        "promotion",
        "release",
        "baseline",
        "floor",
        "stable",
        "stages",
        "costs",
        "states",
        "transitions"
      ],
      "additionalProperties": false
    },
    "configuration": {
      "type": "object",
      "properties": {
        "kind": {
          "enum": [
            "ConfigMap",
            "Secret"
          ]
        },
        "name": {
          "$ref": "#/$defs/objectName"
        },
        "digest": {
          "type": "string",
          "examples": [
            "0123456789abcdef"
          ],
          "pattern": "^[0-9a-f]{16}$"
        }
      },
      "required": [
        "kind",
        "name",
        "digest"
      ],
      "additionalProperties": false
    },
    "pairStage": {
      "type": "object",
      "properties": {
        "folder": {
          "$ref": "#/$defs/stageFolder"
        },
        "asked": {
          "$ref": "#/$defs/weight"
        },
        "achieved": {
          "$ref": "#/$defs/weight"
        },
        "error": {
          "$ref": "#/$defs/difference"
        },
        "stable": {
          "$ref": "#/$defs/pods"
        },
        "canary": {
          "type": "integer",
          "minimum": 1,
          "maximum": 300000
        },
        "optimum": {
          "type": "object",
          "properties": {
            "stable": {
              "$ref": "#/$defs/pods"
            },
            "canary": {
              "$ref": "#/$defs/pods"
            },
            "error": {
              "$ref": "#/$defs/difference"
            }
          },
          "required": [
            "stable",
            "canary",
            "error"
          ],
          "additionalProperties": false
        },
        "gates": {
          "$ref": "#/$defs/gates"
        }
      },
      "required": [
        "folder",
        "asked",
        "achieved",
        "error",
        "stable",
        "canary"
      ],
      "additionalProperties": false
    },
    "cost": {
      "type": "object",
      "properties": {
        "pods": {
          "type": "integer",
          "minimum": 1
        },
        "worstError": {
          "$ref": "#/$defs/distance"
        },
        "moved": {
          "type": "integer",
          "minimum": 1
        }
      },
      "required": [
        "pods",
        "worstError",
        "moved"
      ],
      "additionalProperties": false
    },
    "state": {
      "type": "object",
      "properties": {
        "stable": {
          "$ref": "#/$defs/pods"
        },
        "canary": {
          "$ref": "#/$defs/pods"
        },
        "route": {
          "type": "object",
          "properties": {
            "canary": {
              "$ref": "#/$defs/share"
            },
            "matched": {
              "enum": [
                "stable",
                "canary"
              ]
            }
          },
          "required": [
            "canary",
            "matched"
          ],
          "additionalProperties": false
        }
      },
      "required": [
        "stable",
        "canary"
      ],
      "additionalProperties": false
    },
    "gates": {
      "type": "object",
      "properties": {
        "alpha": {
          "type": "number",
          "exclusiveMinimum": 0,
          "maximum": 0.5
        },
        "beta": {
          "type": "number",
          "exclusiveMinimum": 0,
          "maximum": 0.5
        },
        "errors": {
          "type": "object",
          "properties": {
            "tolerance": {
              "type": "number",
              "minimum": 0,
              "maximum": 0.5
            },
            "margin": {
              "type": "number",
              "exclusiveMinimum": 0,
              "maximum": 0.5
            },
            "limit": {
              "type": "number",
              "exclusiveMinimum": 0,
              "exclusiveMaximum": 1
            }
          },
          "required": [
            "tolerance",
            "margin"
          ],
          "additionalProperties": false
        },
        "latency": {
          "type": "object",
          "properties": {
            "quantiles": {
              "type": "array",
              "items": {
                "type": "number",
                "exclusiveMinimum": 0,
                "exclusiveMaximum": 1
              },
              "minItems": 1,
              "maxItems": 10,
              "uniqueItems": true
            },
            "tolerance": {
              "type": "number",
              "minimum": 0
            },
            "margin": {
              "type": "number",
              "exclusiveMinimum": 0
            },
            "slackMilliseconds": {
              "type": "number",
              "minimum": 0
            }
          },
          "required": [
            "quantiles",
            "tolerance",
            "margin",
            "slackMilliseconds"
          ],
          "additionalProperties": false
        },
        "share": {
          "type": "boolean"
        },
        "traffic": {
          "type": "object",
          "properties": {
            "requestsPerSecond": {
              "type": "number",
              "exclusiveMinimum": 0
            },
            "errorRate": {
              "type": "number",
              "exclusiveMinimum": 0,
              "exclusiveMaximum": 1
            },
            "longestHoldSeconds": {
              "type": "integer",
              "minimum": 1
            }
          },
          "required": [
            "requestsPerSecond",
            "errorRate",
            "longestHoldSeconds"
          ],
          "additionalProperties": false
        }
      },
      "required": [
        "alpha",
        "beta",
        "errors",
        "share"
      ],
      "additionalProperties": false
    },
    "transition": {
      "type": "object",
      "properties": {
        "from": {
          "$ref": "#/$defs/folder"
        },
        "to": {
          "$ref": "#/$defs/folder"
        },
        "fewestReady": {
          "$ref": "#/$defs/pods"
        },
        "mostPods": {
          "$ref": "#/$defs/pods"
        },
        "mostShare": {
          "$ref": "#/$defs/share"
        }
      },
      "required": [
        "from",
        "to",
        "fewestReady",
        "mostPods",
        "mostShare"
      ],
      "additionalProperties": false
    },
    "finding": {
      "type": "object",
      "properties": {
        "code": {
          "type": "string",
          "examples": [
            "share-off"
          ],
          "pattern": "^[a-z]+(?:-[a-z]+)*$"
        },
        "level": {
          "enum": [
            "warning",
            "info"
          ]
        },
        "message": {
          "type": "string",
          "minLength": 1
        },
        "path": {
          "type": "string"
        }
      },
      "required": [
        "code",
        "level",
        "message",
        "path"
      ],
      "additionalProperties": false
    }
  }
};

/** The first error of a value that is meant to be a plan, as ajv describes errors; undefined for a plan. */
export function firstPlanError(
  value: unknown,
): { readonly instancePath: string; readonly keyword: string; readonly params: Record<string, unknown>; readonly propertyName?: string } | undefined {
  return stdin_default(value) ? undefined : stdin_default.errors[0];
}
